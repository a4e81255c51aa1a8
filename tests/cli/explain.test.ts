import { expect, test } from "vitest";
import {
  jobsOfProject,
  key,
  organization,
  policy,
  provider,
  statement,
  subjects,
} from "../compare/documents.ts";
import { runTrust } from "./run-trust.ts";

const explain = async (text: string, ...flags: readonly string[]) =>
  runTrust(["explain", "policy.json", ...flags], { files: { "policy.json": text } });

/** The member of the JSON that `--json` prints. */
async function printed(text: string): Promise<Record<string, unknown>> {
  const { code, stdout } = await explain(text, "--json");
  expect(code).toBe(0);
  return JSON.parse(stdout) as Record<string, unknown>;
}

test("a dead statement says so in its own sentence, as a loose end and in the JSON", async () => {
  const literal = { StringEquals: { [key("aud")]: organization, [key("sub")]: jobsOfProject } };
  const text = policy(statement(literal));
  const { stdout } = await explain(text);
  expect(stdout).toMatch(
    /Nobody gets in by this: \* is literal under StringEquals.*use StringLike/,
  );
  expect(stdout).toContain("- nobody: Nobody gets in by this statement");
  expect(stdout).not.toContain("No loose ends");
  expect(await printed(text)).toMatchObject({
    statements: [{ effect: "Allow", nobody: expect.stringContaining("use StringLike") }],
    looseEnds: [{ code: "nobody", where: "Statement[0]" }],
  });
});

test("the moment is now: what has ended lets nobody in, what ends far ahead lets jobs in", async () => {
  const until = (instant: string) =>
    policy(
      statement({
        StringEquals: { [key("aud")]: organization },
        StringLike: { [key("sub")]: jobsOfProject },
        DateLessThan: { "aws:CurrentTime": instant },
      }),
    );
  const codes = async (text: string) =>
    ((await printed(text))["looseEnds"] as readonly { code: string }[]).map(({ code }) => code);
  expect(await codes(until("2020-01-01T00:00:00Z"))).toEqual(["nobody"]);
  expect(await codes(until("2999-01-01T00:00:00Z"))).toEqual(["forks"]);
});

test("an example is in the JSON, whole", async () => {
  const { looseEnds } = await printed(subjects(`${jobsOfProject}/vcs-ref/refs/heads/main`));
  expect(looseEnds).toMatchObject([
    {
      code: "forgeable-branch",
      example: expect.stringMatching(/\/vcs-ref\/refs\/heads\/x\/vcs-ref\/refs\/heads\/main$/),
    },
  ]);
});

test("CircleCI's settings are named where CircleCI is trusted, and only there", async () => {
  const github = provider.replace(/oidc\.circleci.*$/, "token.actions.githubusercontent.com");
  const sub = "token.actions.githubusercontent.com:sub";
  const text = policy(
    statement({ StringLike: { [sub]: "repo:acme/shop:*" } }, { Principal: { Federated: github } }),
  );
  expect((await explain(text)).stdout).not.toContain("CircleCI");
  expect((await explain(subjects(jobsOfProject))).stdout).toContain("job.ssh.enabled");
});
