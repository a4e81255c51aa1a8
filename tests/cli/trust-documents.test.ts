import { describe, expect, test } from "vitest";
import { textOfBytes } from "../../shared/language/file-text.ts";
import { jobsOfProject, organization, project, subjects, user } from "../compare/documents.ts";
import { runTrust } from "./run-trust.ts";

const plain = subjects(jobsOfProject);
const document: unknown = JSON.parse(plain);
const pretty = JSON.stringify(document, null, 2);
const encoded = encodeURIComponent(plain);
const json = JSON.stringify;

const role = (name: string, policy: unknown) => ({
  RoleName: name,
  Arn: `arn:aws:iam::123456789012:role/${name}`,
  Description: "さくら",
  AssumeRolePolicyDocument: policy,
});
const inline = {
  PolicyName: "p",
  PolicyDocument: { Statement: [{ Effect: "Allow", Action: "s3:*", Resource: "*" }] },
};

/** One document in everything that shells, state files and editors put around it. */
const wrappings: readonly (readonly [string, string])[] = [
  ["the document, indented", pretty],
  ["with a byte order mark", `\ufeff${plain}`],
  ["with the line ends of Windows", pretty.replaceAll("\n", "\r\n")],
  ["aws iam get-role", json({ Role: role("ci", document) }, null, 4)],
  ["the API's answer as an SDK gives it", json({ Role: role("ci", encoded) })],
  ["get-role of a tool that leaves the document a string", json({ Role: role("ci", plain) })],
  ["get-role --query Role", json(role("ci", document))],
  ["AssumeRolePolicyDocument alone", json({ AssumeRolePolicyDocument: document })],
  ["percent-encoded", encoded],
  ["percent-encoded with a line break behind", `${encoded}\n`],
  ["percent-encoded, spaces in it", encodeURIComponent(pretty)],
  ["percent-encoded as a form", encodeURIComponent(pretty).replaceAll("%20", "+")],
  ["percent-encoded twice", encodeURIComponent(encoded)],
  ["percent-encoded in lower case", encoded.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase())],
  ["percent-encoded but for the brackets", encodeURI(plain)],
  ["percent-encoded in quotes", json(encoded)],
  ["a string of JSON", json(plain)],
  ["a string of a string of JSON", json(json(plain))],
  ["a string of JSON without its quotes", json(plain).slice(1, -1)],
  ["in a shell's quotes", `'${plain}'\n`],
  [
    "in jq's colours",
    json({ Role: role("ci", document) }).replaceAll(/["{}]/g, "\u001b[1;39m$&\u001b[0m"),
  ],
  ["in a code fence", `\`\`\`json\n${pretty}\n\`\`\`\n`],
  ["in a code fence on a page", `# Trust\n\n\`\`\`json\n${pretty}\n\`\`\`\n\nThat is all.\n`],
  ["as a shell's variable", `export TRUST_POLICY='${pretty}'\n`],
  ["as a shell's variable, percent-encoded", `POLICY="${encoded}"\n`],
  ["in a here-document", `cat > trust.json <<'EOF'\n${pretty}\nEOF\n`],
  ["in a here-document of Terraform", `assume_role_policy = <<-EOF\n${pretty}\n  EOF\n`],
  [
    "Terraform's policy document, indented and not",
    json({
      values: {
        root_module: {
          resources: [
            {
              address: "data.aws_iam_policy_document.ci",
              values: { json: pretty, minified_json: plain },
            },
          ],
        },
      },
    }),
  ],
  ["behind a prompt", `$ aws iam get-role --role-name ci\n${json({ Role: role("ci", document) })}`],
  ["aws iam get-policy-version", json({ PolicyVersion: { VersionId: "v1", Document: document } })],
  ["list-roles with one role", json({ Roles: [role("ci", document)] })],
  [
    "get-account-authorization-details with one role, its inline policies and others'",
    json({
      UserDetailList: [{ UserName: "u", UserPolicyList: [inline] }],
      RoleDetailList: [{ ...role("ci", document), RolePolicyList: [inline] }],
      Policies: [{ PolicyVersionList: [{ Document: inline.PolicyDocument }] }],
    }),
  ],
  ["a list of one document", json([document])],
  [
    "terraform show -json",
    json({
      values: {
        root_module: {
          child_modules: [
            { resources: [{ address: "aws_iam_role.ci", values: { assume_role_policy: plain } }] },
          ],
        },
      },
    }),
  ],
  [
    "a Terraform state",
    json({
      version: 4,
      resources: [
        {
          type: "aws_iam_role",
          name: "ci",
          instances: [
            { attributes: { name: "acme-ci", assume_role_policy: plain, inline_policy: [] } },
          ],
        },
      ],
    }),
  ],
  ["terraform output -json", json({ trust: { sensitive: false, type: "string", value: plain } })],
  ["pulumi stack export", json({ outputs: { assumeRolePolicy: plain } })],
  [
    "a CloudFormation template",
    json({
      Resources: {
        Ci: { Type: "AWS::IAM::Role", Properties: { AssumeRolePolicyDocument: document } },
      },
    }),
  ],
  [
    "AWS Config",
    json({
      resourceName: "ci",
      configuration: json({ roleName: "ci", assumeRolePolicyDocument: encoded }),
    }),
  ],
  ["a CloudTrail record", json({ requestParameters: { roleName: "ci", policyDocument: plain } })],
  [
    "the API's XML",
    `<GetRoleResponse><GetRoleResult><Role><AssumeRolePolicyDocument>${encoded}</AssumeRolePolicyDocument></Role></GetRoleResult></GetRoleResponse>`,
  ],
];

const claims = json({
  iss: `https://oidc.circleci.com/org/${organization}`,
  sub: `org/${organization}/project/${project}/user/${user}`,
  aud: organization,
});

describe("a trust policy is read from what people have", () => {
  test.each(wrappings)("%s", async (_, text) => {
    const files = { plain, "p.json": text, claims };
    const explained = await runTrust(["explain", "p.json", "--json"], { files });
    expect(explained).toEqual(await runTrust(["explain", "plain", "--json"], { files }));
    for (const pair of [
      ["--before", "p.json", "--after", "plain"],
      ["--before", "plain", "--after", "p.json"],
    ]) {
      const { code, stdout } = await runTrust(["compare", ...pair, "--json"], { files });
      expect({ code, ...JSON.parse(stdout) }).toMatchObject({ code: 0, verdict: "equivalent" });
    }
    expect((await runTrust(["admits", "p.json", "--token", "claims"], { files })).code).toBe(0);
  });

  test("in a batch too", async () => {
    const line = json({ id: 1, before: { Role: role("ci", document) }, after: encoded });
    const { stdout } = await runTrust(["compare", "--batch"], { stdin: [`${line}\n`] });
    expect(JSON.parse(stdout)).toMatchObject({ id: 1, verdict: "equivalent" });
  });

  test("from standard input", async () => {
    const { code } = await runTrust(["explain", "-"], {
      stdin: [plain.slice(0, 9), plain.slice(9)],
    });
    expect(code).toBe(0);
  });

  test.each<[string, Buffer]>([
    ["UTF-8 with its mark", Buffer.from(`\ufeff${plain}`)],
    ["UTF-16 of PowerShell", Buffer.from(`\ufeff${plain}`, "utf16le")],
    ["UTF-16 without a mark", Buffer.from(plain, "utf16le")],
    ["UTF-16, the high byte first", Buffer.from(`\ufeff${plain}`, "utf16le").swap16()],
  ])("in %s", (_, bytes) => {
    expect(textOfBytes(bytes)).toBe(plain);
  });
});

describe("what is inside is judged as strictly as ever", () => {
  const twice = plain.replace('"Effect"', '"Effect":"Deny","Effect"');
  const rows: readonly (readonly [string, string, string])[] = [
    [
      "a member twice in get-role",
      `{"Role":{"AssumeRolePolicyDocument":${twice}}}`,
      "duplicate-member",
    ],
    ["a member twice, percent-encoded", encodeURIComponent(twice), "duplicate-member"],
    ["a member twice in a string", json({ Role: role("ci", twice) }), "duplicate-member"],
    [
      "an unknown element",
      json({ Role: role("ci", { ...Object(document), Extra: 1 }) }),
      "unknown-element",
    ],
    [
      "Effect in another case",
      encodeURIComponent(plain.replace("Allow", "allow")),
      "malformed-effect",
    ],
    ["a comma too many", json(plain.replace(/\}$/, ",}")), "not-json"],
    ["a byte order mark inside", json({ Role: role("ci", `\ufeff${plain}`) }), "byte-order-mark"],
    [
      "a document with a wrapper's member in it",
      json({ ...Object(document), AssumeRolePolicyDocument: document }),
      "unknown-element",
    ],
    [
      "the same with that member first",
      json({ AssumeRolePolicyDocument: document, ...Object(document) }),
      "unknown-element",
    ],
    ["no document under its name", json({ Role: role("ci", { Ref: "Trust" }) }), "unknown-element"],
    [
      "a character beyond Latin-1",
      json({ Role: role("ci", plain.replace('"Allow"', '"Allow日"')) }),
      "forbidden-character",
    ],
  ];
  test.each(rows)("%s", async (_, text, code) => {
    const files = { "p.json": text, plain, claims };
    for (const args of [
      ["explain", "p.json"],
      ["compare", "--before", "plain", "--after", "p.json"],
      ["admits", "p.json", "--token", "claims"],
    ]) {
      const run = await runTrust([...args, "--json"], { files });
      expect(run.code).toBe(2);
      expect(JSON.parse(run.stdout)).toMatchObject({ error: { code } });
    }
  });
});

describe("several documents", () => {
  const other = subjects(`org/${organization}/project/*`);
  const files = {
    "roles.json": json({ Roles: [role("ci", document), role("other", JSON.parse(other))] }),
    "twice.json": json({ Roles: [role("ci", document), role("copy", document)] }),
    "both.json": `{"Role":{"AssumeRolePolicyDocument":${plain},"AssumeRolePolicyDocument":${other}}}`,
    plain,
  };

  test("are named, and one is asked for", async () => {
    const run = await runTrust(["explain", "roles.json"], { files });
    expect(run).toMatchObject({ code: 2, stdout: "" });
    expect(run.stderr).toContain("(ci, other)");
    expect(run.stderr).toContain("--role NAME");
    const reported = await runTrust(
      ["compare", "--before", "plain", "--after", "roles.json", "--json"],
      { files },
    );
    expect(JSON.parse(reported.stdout)).toMatchObject({
      error: { code: "several-documents", where: "after" },
    });
  });

  test("are distinguished with --role", async () => {
    const ask = (name: string) =>
      runTrust(["explain", "roles.json", "--role", name, "--json"], { files });
    expect(await ask("ci")).toEqual(await runTrust(["explain", "plain", "--json"], { files }));
    expect(await ask("other")).toMatchObject({ code: 0 });
    expect(await ask("gone")).toMatchObject({ code: 2 });
  });

  test("that are one and the same are one", async () => {
    expect((await runTrust(["explain", "twice.json"], { files })).code).toBe(0);
    expect((await runTrust(["explain", "both.json"], { files })).code).toBe(2);
  });

  test("of one role are reported by their places", async () => {
    const change = (policy: string) => ({ name: "ci", assume_role_policy: policy });
    const plan = {
      resource_changes: [{ change: { before: change(plain), after: change(other) } }],
    };
    const run = await runTrust(["explain", "plan.json"], { files: { "plan.json": json(plan) } });
    expect(run.code).toBe(2);
    expect(run.stderr).toContain("2 policy documents of ci that differ");
    expect(run.stderr).toContain("resource_changes[0].change.before.assume_role_policy");
    expect(run.stderr).not.toContain("--role");
  });
});

describe("what holds no document says how to come by one", () => {
  test.each([
    ["nothing", ""],
    ["a role without it", json({ Role: { RoleName: "ci" } })],
    ["a list", "[]"],
    ["a table", "-----\n| GetRole |\n-----"],
    ["broken percent-encoding", "%7B%22Version%2"],
    ["YAML", "Version: '2012-10-17'\nStatement:\n  - Effect: Allow\n"],
    ["Python's way to print", "{'Role': {'RoleName': 'ci'}}"],
  ])("%s", async (title, text) => {
    const run = await runTrust(["explain", "p"], { files: { p: text } });
    expect(run.code).toBe(2);
    expect(run.stdout).toContain("aws iam get-role");
    expect(run.stdout.includes("YAML")).toBe(title === "YAML");
  });

  test.each([
    ["a program's comment before it", `// trust\n${plain}`],
    ["a sentence before it", `The policy is ${plain}`],
    ["an endless page", `a:${"\n".repeat(300_000)}`],
    [
      "more members than any document has",
      json(Object.fromEntries(Array.from({ length: 60_000 }, (_, at) => [`k${at}`, 1]))),
    ],
  ])("with %s too", async (_, text) => {
    const run = await runTrust(["explain", "p"], { files: { p: text } });
    expect(run).toMatchObject({ code: 2, stdout: expect.stringContaining("aws iam get-role") });
  });

  // Word processors and chat programs put these in, and nobody sees them.
  test.each([
    ["typographic quotes", plain.replaceAll('"', "\u201c"), "U+201C"],
    ["typographic quotes around a value", plain.replace('"Allow"', "\u201cAllow\u201d"), "U+201C"],
    ["a no-break space before a key", plain.replace('"Effect"', '\u00a0"Effect"'), "U+00A0"],
    ["a no-break space in a key", plain.replace('"Effect"', '"\u00a0Effect"'), "U+00A0"],
    ["a no-break space behind a value", plain.replace('"Allow"', '"Allow\u00a0"'), "U+00A0"],
    ["an unusual line break", plain.replace('"Effect"', '\u2028"Effect"'), "U+2028"],
    ["a full-width colon", plain.replace('"Effect":', '"Effect"\uff1a'), "U+FF1A"],
    ["an invisible character at its end", `${plain}\u200b`, "U+200B"],
    ["an invisible character in a value", plain.replace('"Allow"', '"Allow\u200b"'), "U+200B"],
  ])("and the odd character is named: %s", async (_, text, code) => {
    const run = await runTrust(["explain", "p"], { files: { p: text } });
    expect(run).toMatchObject({ code: 2, stdout: expect.stringContaining(code) });
  });

  test("and of a policy with a slip, the slip alone is reported", async () => {
    const run = await runTrust(["explain", "p"], { files: { p: plain.replace("}]", "},]") } });
    expect(run.code).toBe(2);
    expect(run.stdout).not.toContain("aws iam get-role");
  });
});
