import { CreateOpenIDConnectProviderCommand, IAMClient } from "@aws-sdk/client-iam";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { clientOptions } from "../../sandbox/seed.ts";
import { say } from "../cli/shell.ts";
import { startDiagnosis } from "./account.ts";
import {
  faults,
  organizations,
  otherKeys,
  pairs,
  providers,
  type Situation,
  situationWith,
} from "./situations.ts";

const now = new Date();
let account: Awaited<ReturnType<typeof startDiagnosis>>;
beforeAll(async () => {
  // Both look at the same moment, so that "a second ago" is the same for both.
  vi.useFakeTimers({ toFake: ["Date"], now });
  account = await startDiagnosis();
  const iam = new IAMClient(clientOptions(account.sandbox));
  for (const [organization, audiences] of providers) {
    if (organization === organizations.known) continue;
    const Url = `https://oidc.circleci.com/org/${organization}`;
    await iam.send(new CreateOpenIDConnectProviderCommand({ Url, ClientIDList: [...audiences] }));
  }
});
afterAll(async () => {
  vi.useRealTimers();
  await account.sandbox.close();
});

const roleOf = ({ roleName }: Situation) => `arn:aws:iam::123456789012:role/ci/${roleName}`;
const common = ({ token, sessionName, sessionSeconds }: Situation) => ({
  files: { "token.txt": token, "jwks.json": JSON.stringify(otherKeys) },
  options: [
    "--token",
    "token.txt",
    "--session-name",
    sessionName,
    "--session-seconds",
    `${sessionSeconds}`,
  ],
});

/** What `doctor` answers with `--json`, which is all that it printed. */
async function doctor(args: readonly string[], files: Readonly<Record<string, string>>) {
  for (const [name, value] of Object.entries(account.sandbox.environment)) vi.stubEnv(name, value);
  const said = await say(["doctor", "--json", ...args], { files, environment: process.env, now });
  vi.unstubAllEnvs();
  return { ...said, answer: JSON.parse(said.out) };
}

/** From files alone, in a shell without credentials. */
async function fromFiles(situation: Situation, more: readonly string[] = []) {
  const { files, options } = common(situation);
  const { organization, trust } = situation;
  const audiences = providers.get(organization);
  const url = audiences === undefined ? organizations.known : organization;
  const provider = { Url: `oidc.circleci.com/org/${url}`, ClientIDList: audiences ?? [url] };
  const role = {
    Role: { Arn: roleOf(situation), MaxSessionDuration: 3600, AssumeRolePolicyDocument: trust },
  };
  const args = [
    "doctor",
    "--json",
    "--trust",
    "role.json",
    "--provider",
    "provider.json",
    ...options,
    ...more,
  ];
  const said = await say(args, {
    files: {
      ...files,
      "role.json": JSON.stringify(role),
      "provider.json": JSON.stringify(provider),
    },
    environment: {},
    now,
  });
  return { ...said, answer: JSON.parse(said.out) };
}

async function fromAccount(situation: Situation) {
  account.sandbox.createRole({ name: "Patient", path: "/ci/", trust: situation.trust });
  const { files, options } = common(situation);
  return doctor(["--role", roleOf(situation), ...options], files);
}

async function diagnosis(situation: Situation) {
  account.sandbox.createRole({ name: "Patient", path: "/ci/", trust: situation.trust });
  const { token, sessionName: roleSessionName, sessionSeconds: durationSeconds } = situation;
  const question = { role: roleOf(situation), token, roleSessionName, durationSeconds };
  return (await account.diagnosed(question)).diagnosis;
}

describe("each cause alone", () => {
  test.each(faults)("%s", async (fault) => {
    const situation = situationWith([fault], now);
    const isSigned = fault === "signature-invalid";
    const isMissing = fault === "role-missing";
    const more = isSigned ? ["--jwks", "jwks.json"] : [];
    const files = isMissing ? await fromAccount(situation) : await fromFiles(situation, more);
    expect(files).toMatchObject({ code: 3, answer: { admitted: false, cause: { code: fault } } });
    expect(files.answer.fix).toMatch(/\.$/);
    if (isSigned) return;
    const here = await fromAccount(situation);
    const asked = await diagnosis(situation);
    expect(here).toMatchObject({ code: 3, answer: { cause: files.answer.cause } });
    expect(asked).toMatchObject({
      admitted: false,
      cause: files.answer.cause,
      next: files.answer.fix,
    });
    expect(here.answer.checks).toEqual(asked?.checks);
  });

  test("no cause", async () => {
    const situation = situationWith([], now);
    const admitted = { code: 0, err: "", answer: { admitted: true, cause: null, fix: null } };
    expect(await fromFiles(situation)).toMatchObject(admitted);
    expect(await fromAccount(situation)).toMatchObject(admitted);
    expect(await diagnosis(situation)).toMatchObject({ admitted: true, cause: null });
  });
});

describe("of two causes the first of the list", () => {
  test.each(pairs)("%s before %s", async (first, second) => {
    const situation = situationWith([first, second], now);
    const cause = { code: first };
    if (first === "signature-invalid" || second === "signature-invalid") {
      const here = first === "role-missing" || second === "role-missing";
      const { files, options } = common(situation);
      const { answer } = here
        ? await doctor(["--role", roleOf(situation), "--jwks", "jwks.json", ...options], files)
        : await fromFiles(situation, ["--jwks", "jwks.json"]);
      expect(answer).toMatchObject({ admitted: false, cause });
      return;
    }
    const { answer } = await fromAccount(situation);
    expect(answer).toMatchObject({ admitted: false, cause });
    expect((await diagnosis(situation))?.cause).toEqual(answer.cause);
  });
});
