import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { documentIn } from "../../shared/policy/wrapping.ts";
import { baseWith, refused, taken } from "./iam-grammar.ts";

type Wrap = (text: string) => string;

const json = JSON.stringify;

/** Layers that may wrap each other in any order; the document inside stays as it is. */
const layers: readonly Wrap[] = [
  (text) => json(text),
  (text) => encodeURIComponent(text),
  (text) => json({ Role: { RoleName: "ci", AssumeRolePolicyDocument: text } }),
  (text) =>
    json({ values: [{ address: "aws_iam_role.ci", values: { assume_role_policy: text } }] }),
  (text) => json([text]),
  (text) => json({ trust: { type: "string", value: text } }),
];

const documents = [...taken, ...refused].map(({ text }) => text);

describe("a document under some layers", () => {
  test("is found letter by letter, whether IAM takes it or not", () => {
    const layered = fc.tuple(
      fc.constantFrom(...documents),
      fc.array(fc.constantFrom(...layers), { maxLength: 3 }),
    );
    fc.assert(
      fc.property(layered, ([document, wraps]) => {
        const text = wraps.reduce((inner, wrap) => wrap(inner), document);
        expect(documentIn(text)).toEqual({ kind: "document", text: document });
      }),
      { numRuns: 500, seed: 20261126 },
    );
  });

  test("is asked for where there is a second one", () => {
    const other = baseWith({ Effect: "Deny" });
    for (const document of documents.filter((each) => each !== other)) {
      const found = documentIn(json([document, other]));
      expect(found).toMatchObject({ problem: { code: "several-documents" } });
    }
  });

  test("is found in what the API itself answers, the trust policy before others", () => {
    const [trust, other] = [baseWith({}), baseWith({ Effect: "Deny" })];
    const tagged = (name: string, text: string) => `<${name}>${encodeURIComponent(text)}</${name}>`;
    const answer = (...parts: readonly string[]) =>
      `<GetRoleResponse>${parts.join("")}</GetRoleResponse>`;
    const found = { kind: "document", text: trust };
    expect(documentIn(answer(tagged("AssumeRolePolicyDocument", trust)))).toEqual(found);
    expect(documentIn(answer(tagged("PolicyDocument", trust)))).toEqual(found);
    expect(
      documentIn(
        answer(tagged("PolicyDocument", other), tagged("AssumeRolePolicyDocument", trust)),
      ),
    ).toEqual(found);
    expect(
      documentIn(answer(tagged("PolicyDocument", trust), tagged("PolicyDocument", other))),
    ).toMatchObject({ problem: { message: expect.stringContaining("number 1, number 2") } });
  });

  test("no text makes it fail", () => {
    const pieces = fc.constantFrom(
      "{",
      "}",
      "[",
      '"',
      "%7B",
      "%",
      "\\",
      ":",
      "Statement",
      "<",
      "`",
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 20 }), (parts) => {
        expect(["document", "refused"]).toContain(documentIn(parts.join("")).kind);
      }),
      { numRuns: 2000, seed: 20261126 },
    );
  });
});
