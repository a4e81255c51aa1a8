import { describe, expect, test } from "vitest";
import { understoodDocument, understoodText } from "../../shared/document/index.ts";
import { documentText, problems, valid } from "./documents.ts";

const deployOf = (deploy: object) => valid(documentText({ deploy })).deploy;

describe("an entry of deploy", () => {
  test("that is a name alone means the guide's permissions", () => {
    const names = { ecr: ["web"], appRunner: ["shop"], amplify: ["front"] };
    expect(deployOf(names)).toMatchObject({
      ecr: [{ repository: "web", may: ["push"] }],
      appRunner: [{ service: "shop", may: ["deploy"] }],
      amplify: [{ app: "front", branches: [], may: ["release"] }],
    });
    const mappings = {
      ecr: [{ repository: "web" }],
      appRunner: [{ service: "shop" }],
      amplify: [{ app: "front" }],
    };
    expect(deployOf(mappings)).toEqual(deployOf(names));
  });

  test.each([
    ["the words that it names", ["read-images"], ["read-images"]],
    ["each of them once, in one order", ["read-images", "push", "push"], ["push", "read-images"]],
  ])("has %s", (_what, may, read) => {
    expect(deployOf({ ecr: [{ repository: "web", may }] }).ecr).toEqual([
      { repository: "web", may: read },
    ]);
  });

  test("that is listed again with the same meaning counts once", () => {
    const again = ["web", { repository: "web" }, { repository: "web", may: ["push"] }];
    expect(deployOf({ ecr: again }).ecr).toEqual([{ repository: "web", may: ["push"] }]);
    const words = [
      { service: "shop", may: ["deploy", "watch"] },
      { service: "shop", may: ["watch", "deploy"] },
    ];
    expect(deployOf({ appRunner: words }).appRunner).toHaveLength(1);
  });

  test("stays what it is in the record, where a name alone is a name alone", () => {
    const deploy = {
      ecr: ["web", { repository: "api", may: ["push", "read-images"] }],
      appRunner: ["shop", { service: "blog", may: ["watch"] }],
      ecsExpress: ["web/api"],
      amplify: ["front", { app: "back", branches: ["main"], may: ["upload"] }],
    };
    const document = valid(documentText({ deploy }));
    const text = understoodText(document);
    expect(understoodDocument(text)).toEqual(document);
    expect(JSON.parse(text).deploy).toMatchObject({
      ecr: deploy.ecr,
      appRunner: deploy.appRunner,
      amplify: [{ app: "front", branches: [] }, deploy.amplify[1]],
    });
    expect(JSON.parse(text).deploy.amplify[0]).not.toHaveProperty("may");
  });
});

type Refused = readonly [what: string, deploy: object, path: string, ...says: string[]];

const refused: readonly Refused[] = [
  [
    "a word that nobody knows",
    { ecr: [{ repository: "web", may: ["pull"] }] },
    "deploy.ecr[0].may[0]",
    '"pull" is not one of the words',
    "push",
    "read-images",
  ],
  ...(
    [
      ["ecr", "repository", ["deploy", "watch", "update", "release", "upload"]],
      ["appRunner", "service", ["push", "read-images", "release", "upload"]],
      ["amplify", "app", ["push", "read-images", "deploy", "watch", "update"]],
    ] as const
  ).flatMap(([part, name, words]) =>
    words.map(
      (word): Refused => [
        `${word}, a word of another part, in ${part}`,
        { [part]: [{ [name]: "shop", may: [word] }] },
        `deploy.${part}[0].may[0]`,
        "is not one of the words",
        {
          ecr: "push, read-images",
          appRunner: "deploy, watch, update",
          amplify: "release, upload",
        }[part],
      ],
    ),
  ),
  [
    "a word in capitals",
    { appRunner: [{ service: "shop", may: ["deploy", "Watch"] }] },
    "deploy.appRunner[0].may[1]",
    "deploy, watch, update",
  ],
  [
    "a wildcard among the words",
    { amplify: [{ app: "front", may: ["*"] }] },
    "deploy.amplify[0].may[0]",
    "release, upload",
  ],
  [
    "no word at all",
    { ecr: [{ repository: "web", may: [] }] },
    "deploy.ecr[0].may",
    "the list is empty",
    "push, read-images",
  ],
  [
    "a word that is not a list",
    { appRunner: [{ service: "shop", may: "watch" }] },
    "deploy.appRunner[0].may",
    "the value is text",
    "a list of at least one of deploy, watch, update",
  ],
  [
    "words left empty",
    { appRunner: [{ service: "shop", may: null }] },
    "deploy.appRunner[0].may",
    "left empty",
  ],
  [
    "another part's name for the target",
    { ecr: [{ service: "web", may: ["push"] }] },
    "deploy.ecr[0].repository",
    "missing",
  ],
  [
    "a field beside them",
    { ecr: [{ repository: "web", may: ["push"], tags: ["v1"] }] },
    "deploy.ecr[0].tags",
    "unknown field",
  ],
  [
    "branches of a repository",
    { ecr: [{ repository: "web", branches: ["main"] }] },
    "deploy.ecr[0].branches",
    "unknown field",
  ],
  [
    "a repository's address in a mapping",
    { ecr: [{ repository: "123456789012.dkr.ecr.us-east-1.amazonaws.com/web" }] },
    "deploy.ecr[0].repository",
    "name alone",
  ],
  ["a list as an entry", { ecr: [["web"]] }, "deploy.ecr[0]", "the value is a list"],
  ["a number as an entry", { appRunner: [1234] }, "deploy.appRunner[0]", "put it in quotes"],
  [
    "a name alone and with words",
    { ecr: ["web", { repository: "web", may: ["read-images"] }] },
    "deploy.ecr[1].repository",
    '"web" is listed twice; its words belong into one entry',
  ],
  [
    "a name with words and alone",
    { appRunner: [{ service: "shop", may: ["watch"] }, "shop"] },
    "deploy.appRunner[1]",
    '"shop" is listed twice; its words belong into one entry',
  ],
  [
    "an app twice, whatever it may",
    {
      amplify: [
        { app: "front", may: ["release"] },
        { app: "front", may: ["upload"] },
      ],
    },
    "deploy.amplify[1].app",
    "listed twice",
  ],
];

describe("refused is", () => {
  test.each(refused)("%s", (_what, deploy, path, ...says) => {
    const [first] = problems(documentText({ deploy }));
    expect(first?.path).toBe(path);
    for (const part of says) expect(first?.message).toContain(part);
  });
});
