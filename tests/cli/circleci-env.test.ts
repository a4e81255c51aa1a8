import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Scenario } from "../scenarios/harness.ts";
import { applied, circleci, context, logIn, organizationId, slug } from "./circleci-account.ts";

const ofProject = `env production --project ${slug}`;

/** The states by the variables' names. */
function statesIn(out: string): Readonly<Record<string, string>> {
  const { variables } = JSON.parse(out);
  return Object.fromEntries(
    variables.map(({ name, state }: { readonly name: string; readonly state: string }) => [
      name,
      state,
    ]),
  );
}

async function outputsOf(account: Scenario): Promise<Readonly<Record<string, string>>> {
  return (await account.status("production"))?.outputs ?? {};
}

const keys = {
  AWS_ACCESS_KEY_ID: "AKIATESTMARKEDKEY123",
  AWS_SECRET_ACCESS_KEY: "marked/secret+key/of+forty/characters/00",
};
const other = { UNRELATED: "marked-unrelated-value" };

function stored({ sandbox }: Scenario, variables: Readonly<Record<string, string>>): void {
  sandbox.circleci.createProject({ slug, organizationId, variables });
}

describe("circleci env", () => {
  test("shows what a new project lacks, and writes nothing", async () => {
    const account = await applied();
    const { code, out, err } = await circleci(account, ofProject);
    expect({ code, err }).toEqual({ code: 3, err: "" });
    expect(out).toBe(`Environment production, CircleCI project gh/acme/shop
  missing AWS_ROLE_ARN
  missing AWS_REGION
  missing AWS_ECR_REGISTRY
  missing AWS_APP_RUNNER_SERVICE_ARN
  missing AWS_AMPLIFY_APP_ID
To write them, add --apply.
`);
    expect(account.sandbox.circleci.variablesOf(slug)).toEqual({});
  });

  test.each([
    ["project", slug],
    ["context", context],
  ])("sets the variables of a %s, which are then unsure", async (kind, id) => {
    const account = await applied();
    const line = `env production --${kind} ${id}`;
    const { code, out } = await circleci(account, `${line} --apply --json`);
    expect(code).toBe(0);
    const outputs = await outputsOf(account);
    expect(JSON.parse(out)).toEqual({
      target: { kind, id },
      variables: Object.keys(outputs).map((name) => ({
        name,
        state: "missing",
        change: "create",
        applied: true,
      })),
    });
    expect(account.sandbox.circleci.variablesOf(id)).toEqual(outputs);
    const again = await circleci(account, `${line} --json`);
    expect(again.code).toBe(0);
    expect(new Set(Object.values(statesIn(again.out)))).toEqual(new Set(["unsure"]));
  });

  test("writes what differs and what is unsure, and leaves everything else", async () => {
    const account = await applied();
    const outputs = await outputsOf(account);
    const before = { ...outputs, AWS_REGION: "eu-west-3", ...other };
    // The same end, and another value: what the mask cannot show.
    const arn = outputs["AWS_APP_RUNNER_SERVICE_ARN"] ?? "";
    stored(account, { ...before, AWS_APP_RUNNER_SERVICE_ARN: `x${arn.slice(1)}` });
    const seen = await circleci(account, `${ofProject} --json`);
    expect(seen.code).toBe(3);
    const { out } = await circleci(account, ofProject);
    expect(out).toContain("what it shows is equal. --apply writes it again, which does no harm.\n");
    expect(statesIn(seen.out)).toMatchObject({
      AWS_REGION: "differs",
      AWS_APP_RUNNER_SERVICE_ARN: "unsure",
    });
    expect((await circleci(account, `${ofProject} --apply`)).code).toBe(0);
    expect(account.sandbox.circleci.variablesOf(slug)).toEqual({ ...outputs, ...other });
  });

  test("has all variables also where the status had no room for them", async () => {
    const account = await applied();
    const outputs = await outputsOf(account);
    const parameter = "/oidc-reconciler/status/production";
    const status = await account.status("production");
    const first = Object.fromEntries(Object.entries(outputs).slice(0, 3));
    account.sandbox.createParameter({
      name: parameter,
      value: JSON.stringify({ ...status, outputs: first }),
    });
    const { out } = await circleci(account, `${ofProject} --json`);
    expect(Object.keys(statesIn(out))).toEqual(Object.keys(outputs));
  });

  test("waits as CircleCI asks, and says so on the way", async () => {
    const account = await applied();
    const how = { error: "Throttled", httpStatus: 429, headers: { "retry-after": "7" } };
    const when = ({ operation }: { readonly operation: string }) => /Variable/.test(operation);
    account.sandbox.faults.add({ when, at: "before", how, times: 2 });
    const progress: string[] = [];
    expect((await circleci(account, `${ofProject} --apply`, { progress })).code).toBe(0);
    expect(progress).toContain("CircleCI is busy or does not answer: waiting 7 s");
    expect(progress).toContain("AWS_REGION (2 of 5)");
  });
});

describe("the static keys", () => {
  const remove = `${ofProject} --apply --remove-static-keys`;
  const kept = ({ sandbox }: Scenario) =>
    Object.keys(sandbox.circleci.variablesOf(slug)).filter((name) => name in keys);

  test("wait to be deleted: 3, whatever else is right", async () => {
    const account = await applied();
    stored(account, { ...(await outputsOf(account)), ...keys });
    const { code, out } = await circleci(account, ofProject);
    expect(code).toBe(3);
    expect(out).toContain("present AWS_ACCESS_KEY_ID\n  present AWS_SECRET_ACCESS_KEY\n");
    expect(out).toContain("--apply --remove-static-keys deletes it");
    expect((await circleci(account, `${ofProject} --apply`)).code).toBe(3);
    expect(kept(account)).toHaveLength(2);
  });

  test("are said to be none where none is there", async () => {
    const account = await applied();
    const outputs = await outputsOf(account);
    await logIn(account, outputs["AWS_ROLE_ARN"] ?? "");
    stored(account, outputs);
    const { code, out } = await circleci(account, remove);
    expect(code).toBe(0);
    expect(out).toContain("There is no static key to delete.\n");
    expect((await circleci(account, `${ofProject} --apply`)).out).not.toContain("static key");
  });

  test("stay while no job has logged in with the role", async () => {
    const account = await applied();
    stored(account, { ...(await outputsOf(account)), ...keys });
    const { code, out } = await circleci(account, `${remove} --json`);
    expect(code).toBe(3);
    expect(JSON.parse(out)).toMatchObject({
      blocked: [expect.stringContaining("IAM knows of no use of CircleCI-OIDC-Role yet")],
    });
    expect(kept(account)).toHaveLength(2);
  });

  test("stay where a variable was not right before, although it is written now", async () => {
    const account = await applied();
    const outputs = await outputsOf(account);
    await logIn(account, outputs["AWS_ROLE_ARN"] ?? "");
    stored(account, { ...outputs, AWS_REGION: "eu-west-3", ...keys });
    const { code, out } = await circleci(account, remove);
    expect(code).toBe(3);
    expect(out).toContain(
      "The static keys stay. Not every variable was right: AWS_REGION (differs)",
    );
    expect(kept(account)).toHaveLength(2);
    expect(account.sandbox.circleci.variablesOf(slug)).toMatchObject(outputs);
  });

  test.each([
    ["AccessDenied", 403, "could not be read: iam:GetRole CircleCI-OIDC-Role failed"],
    ["NoSuchEntity", 404, "There is no role CircleCI-OIDC-Role"],
  ])("stay where IAM answers %s", async (error, httpStatus, sentence) => {
    const account = await applied();
    stored(account, { ...(await outputsOf(account)), ...keys });
    const when = ({ operation }: { readonly operation: string }) => operation === "GetRole";
    account.sandbox.faults.add({ when, at: "before", how: { error, httpStatus } });
    const { code, out } = await circleci(account, remove);
    expect(code).toBe(3);
    expect(out).toContain(sentence);
    expect(kept(account)).toHaveLength(2);
  });

  test("go once a job has logged in and everything was right", async () => {
    const account = await applied();
    const outputs = await outputsOf(account);
    await logIn(account, outputs["AWS_ROLE_ARN"] ?? "");
    stored(account, { ...outputs, ...keys, ...other });
    const { code, out } = await circleci(account, `${remove} --json`);
    expect(code).toBe(0);
    expect(JSON.parse(out).variables.slice(-2)).toEqual(
      Object.keys(keys).map((name) => ({
        name,
        state: "present",
        change: "delete",
        applied: true,
      })),
    );
    expect(account.sandbox.circleci.variablesOf(slug)).toEqual({ ...outputs, ...other });
  });

  test("need not be there", async () => {
    const account = await applied();
    const { code, out } = await circleci(account, `${remove} --json`);
    expect(code).toBe(0);
    expect(JSON.parse(out)).not.toHaveProperty("blocked");
  });
});

describe("what stops circleci env", () => {
  test.each([
    ["env production", "Say where the variables go: --project SLUG"],
    [`${ofProject} --context ${context}`, "The variables go to one place"],
    ["env production --project shop", "gh/ORGANISATION/REPOSITORY"],
    ["env production --project gh/../shop", "--project takes the slug"],
    ["env production --context deploy", "--context takes the id"],
    [`${ofProject} --remove-static-keys`, "it needs --apply too"],
    ["env pro/duction --project gh/acme/shop", "cannot be an environment"],
    ["env prodution --project gh/acme/shop", 'Did you mean "production"?'],
  ])("%s: 2", async (line, message) => {
    const account = await applied();
    const { code, out, err } = await circleci(account, line);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain(message);
    expect(account.sandbox.calls.filter(({ service }) => service === "circleci")).toEqual([]);
  });

  test.each([
    [{ CIRCLE_TOKEN: "" }, 1, "CredentialsMissing", "CIRCLE_TOKEN"],
    [{ CIRCLE_TOKEN: "CCIPAT_made_up" }, 1, "LoginExpired", "CIRCLE_TOKEN"],
    [{ CIRCLECI_CLI_HOST: "http://circleci.com" }, 2, "BadSetting", "CIRCLECI_CLI_HOST"],
    [{ CIRCLE_TOKEN: "a b" }, 2, "BadSetting", "CIRCLE_TOKEN"],
    [{ CIRCLECI_CLI_HOST: "http://127.0.0.1:9" }, 1, "CircleciUnavailable", ""],
  ])("%j: %i, %s", async (environment, code, error, where) => {
    const account = await applied();
    const said = await circleci(account, `${ofProject} --json`, { environment });
    expect(said.code).toBe(code);
    expect(JSON.parse(said.out)).toMatchObject({ error: { code: error, where } });
    expect(said.err).not.toMatch(/\n\s+at |CCIPAT/);
  });

  test("a project that CircleCI does not have: 1", async () => {
    const account = await applied();
    const { code, err } = await circleci(account, "env production --project gh/acme/gone");
    expect(code).toBe(1);
    expect(err).toBe(
      "CircleCI has nothing for GET project/gh/acme/gone/envvar (HTTP 404). Check the slug, and that the token's owner may see the project.\n",
    );
  });

  test("a token that may only read: 1, and the request that it may not do", async () => {
    const account = await applied();
    const CIRCLE_TOKEN = account.sandbox.circleci.createToken("personal-read-only");
    const said = await circleci(account, `${ofProject} --apply --json`, {
      environment: { CIRCLE_TOKEN },
    });
    expect(said.code).toBe(1);
    expect(JSON.parse(said.out)).toMatchObject({
      error: { code: "AccessDenied", where: "POST project/gh/acme/shop/envvar" },
    });
    expect(said.err).toContain("Nothing was changed.");
  });

  test("a document that nothing is in force of: 1", async () => {
    const account = await applied();
    await account.put("circleci: {}", "draft");
    const said = await circleci(account, `env draft --project ${slug} --json`);
    expect(said.code).toBe(1);
    expect(JSON.parse(said.out)).toMatchObject({
      error: { code: "NothingInForce", where: "draft" },
    });
  });

  test("a failure in the middle: 1, and in the JSON what is done and the error", async () => {
    const account = await applied();
    const when = ({ input }: { readonly input: object }) =>
      Object.entries(input).some(([, value]) => value === "AWS_ECR_REGISTRY");
    const how = { error: "No", httpStatus: 403 };
    account.sandbox.faults.add({ when, at: "before", how });
    const { code, out } = await circleci(account, `${ofProject} --apply --json`);
    expect(code).toBe(1);
    const { variables, error } = JSON.parse(out);
    expect(error).toMatchObject({ code: "AccessDenied" });
    expect(variables.map(({ applied }: { readonly applied: boolean }) => applied)).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
  });

  test.each([[{ error: "Down", httpStatus: 500 }], [{ error: "Down", httpStatus: 503 }]])(
    "a write of which nobody knows whether it was done: %j",
    async (how) => {
      const account = await applied();
      const when = ({ input }: { readonly input: object }) =>
        Object.entries(input).some(([, value]) => value === "AWS_ROLE_ARN");
      account.sandbox.faults.add({ when, at: "after", how });
      const { code, err } = await circleci(account, `${ofProject} --apply`);
      expect(code).toBe(1);
      expect(err).toContain(
        "Whether AWS_ROLE_ARN was changed is not known. Nothing else was changed.",
      );
      expect(Object.keys(account.sandbox.circleci.variablesOf(slug))).toEqual(["AWS_ROLE_ARN"]);
    },
  );

  test.each([
    ["AWS_ROLE_ARN", "arn:aws:iam::999999999999:role/CircleCI-OIDC-Role", "account 999999999999"],
    ["AWS_ECR_REGISTRY", "999999999999.dkr.ecr.us-east-1.amazonaws.com", "account 999999999999"],
    ["AWS_ACCESS_KEY_ID", "somebody-elses", "names AWS_ACCESS_KEY_ID"],
    ["BASH_ENV", "/tmp/evil", "names BASH_ENV"],
    ["\u202eX", "y", "names \\u202eX"],
  ])("a status that somebody else wrote: 1, and nothing is set: %j", async (name, value, says) => {
    const account = await applied();
    const status = await account.status("production");
    account.sandbox.createParameter({
      name: "/oidc-reconciler/status/production",
      value: JSON.stringify({ ...status, outputs: { ...status?.outputs, [name]: value } }),
    });
    const { code, out, err } = await circleci(account, `${ofProject} --apply --json`);
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ error: { code: "StatusByOthers" } });
    expect(err).toContain(says);
    expect(account.sandbox.circleci.variablesOf(slug)).toEqual({});
  });

  test("a failure in the middle: 1, and what is done", async () => {
    const account = await applied();
    const when = ({ input }: { readonly input: object }) =>
      Object.entries(input).some(([, value]) => value === "AWS_ECR_REGISTRY");
    const how = { error: "No", httpStatus: 400, message: "xxxxabcd" };
    account.sandbox.faults.add({ when, at: "before", how });
    const { code, err } = await circleci(account, `${ofProject} --apply`);
    expect(code).toBe(1);
    expect(err).toBe(
      "CircleCI refused POST project/gh/acme/shop/envvar (HTTP 400). 2 of 5 changes are made (AWS_ROLE_ARN, AWS_REGION): run it again for the rest.\n",
    );
  });

  test("Ctrl-C in the middle: 1, after the write that is under way, and what is done", async () => {
    const account = await applied();
    const pressed = new AbortController();
    const when = ({ mutating }: { readonly mutating: boolean }) => {
      if (mutating) pressed.abort();
      return false;
    };
    account.sandbox.faults.add({ when, at: "before", how: { delayMs: 1 } });
    const said = await circleci(account, `${ofProject} --apply --json`, {
      interrupted: pressed.signal,
    });
    expect(said.code).toBe(1);
    expect(JSON.parse(said.out)).toMatchObject({ error: { code: "Interrupted" } });
    expect(said.err).toBe(
      "Ended by Ctrl-C. 1 of 5 changes are made (AWS_ROLE_ARN): run it again for the rest.\n",
    );
    expect(Object.keys(account.sandbox.circleci.variablesOf(slug))).toEqual(["AWS_ROLE_ARN"]);
  });
});

test.each(["\n", "\r\n", " "])("a token with %j at its end is not repeated", async (end) => {
  const account = await applied();
  const CIRCLE_TOKEN = `a-token-of-no-known-form${end}`;
  const when = ({ service }: { readonly service: string }) => service === "circleci";
  const how = {
    error: "No",
    httpStatus: 403,
    headers: { location: "x" },
    message: "A-Token-of-no-known-form?",
  };
  account.sandbox.faults.add({ when, at: "before", how });
  const { out, err } = await circleci(account, `check production --project ${slug}`, {
    environment: { CIRCLE_TOKEN },
  });
  expect(err).toContain("HTTP 403");
  expect((out + err).toLowerCase()).not.toContain("a-token-of-no-known-form");
});

test("nothing that CircleCI has ever comes out, whatever it is and whatever is done", async () => {
  const account = await applied();
  const outputs = await outputsOf(account);
  await logIn(account, outputs["AWS_ROLE_ARN"] ?? "");
  // Each end is one that nothing else of the output has.
  const value = fc.stringMatching(/^[a-z]{0,12}Q[0-9]Z[0-9]$/);
  const names = [...Object.keys(outputs), ...Object.keys(keys), ...Object.keys(other)];
  const values = fc.dictionary(fc.constantFrom(...names), value, { minKeys: 1 });
  const how = fc.constantFrom("", " --json", " --apply", " --apply --remove-static-keys --json");
  await fc.assert(
    fc.asyncProperty(values, how, fc.boolean(), async (variables, options, isContext) => {
      const { sandbox } = account;
      stored(account, variables);
      sandbox.circleci.createContext({ name: "deploy", id: context, organizationId, variables });
      const place = isContext ? `--context ${context}` : `--project ${slug}`;
      const { out, err } = await circleci(account, `env production ${place}${options}`);
      expect(out + err).not.toMatch(/Q\dZ\d/);
      expect(out + err).not.toContain(sandbox.circleci.token);
    }),
    { numRuns: 25 },
  );
});
