import { describe, expect, test } from "vitest";
import type { Scenario } from "../scenarios/harness.ts";
import { applied, circleci, logIn, organizationId, slug } from "./circleci-account.ts";

type Fault = Parameters<Scenario["sandbox"]["faults"]["add"]>[0];
type Called = { readonly mutating: boolean; readonly operation: string };

const ofProject = `env production --project ${slug}`;

const keys = {
  AWS_ACCESS_KEY_ID: "AKIATESTMARKEDKEY123",
  AWS_SECRET_ACCESS_KEY: "marked/secret+key/of+forty/characters/00",
};

async function outputsOf(account: Scenario): Promise<Readonly<Record<string, string>>> {
  return (await account.status("production"))?.outputs ?? {};
}

function stored({ sandbox }: Scenario, variables: Readonly<Record<string, string>>): void {
  sandbox.circleci.createProject({ slug, organizationId, variables });
}

describe("changes that CircleCI takes and does not keep", () => {
  const forgetting = (operation: string, body: string) => ({
    when: (call: { readonly operation: string }) => call.operation === operation,
    at: "before" as const,
    how: { error: "Forgets", httpStatus: 200, body },
  });

  test("do not count as done", async () => {
    const account = await applied();
    account.sandbox.faults.add(forgetting("SetProjectVariable", "{}"));
    const { code, out, err } = await circleci(account, `${ofProject} --apply`);
    expect(code).toBe(3);
    expect(out).toContain("missing AWS_ROLE_ARN\n  missing AWS_REGION\n");
    expect(err).toContain("CircleCI said that it has changed AWS_ROLE_ARN, AWS_REGION, ");
  });

  test("do not count as done where another value stays", async () => {
    const account = await applied();
    stored(account, { ...(await outputsOf(account)), AWS_REGION: "eu-west-3" });
    account.sandbox.faults.add(forgetting("SetProjectVariable", "{}"));
    const { code, out } = await circleci(account, `${ofProject} --apply --json`);
    expect(code).toBe(3);
    expect(JSON.parse(out).variables[1]).toEqual({
      name: "AWS_REGION",
      state: "differs",
      change: "update",
      applied: false,
    });
  });

  test.each([200, 404])("leave the static keys waiting: a deletion with %i", async (httpStatus) => {
    const account = await applied();
    const outputs = await outputsOf(account);
    await logIn(account, outputs["AWS_ROLE_ARN"] ?? "");
    stored(account, { ...outputs, ...keys });
    const fault = forgetting("DeleteProjectVariable", "{}");
    account.sandbox.faults.add({ ...fault, how: { ...fault.how, httpStatus } });
    const { code, out } = await circleci(
      account,
      `${ofProject} --apply --remove-static-keys --json`,
    );
    expect(code).toBe(3);
    expect(JSON.parse(out).variables.slice(-2)).toMatchObject([
      { state: "present", applied: false },
      { state: "present", applied: false },
    ]);
  });

  /** What CircleCI shows of a project's variables once something was written. */
  const shownAfter = (how: Fault["how"]): Fault => {
    let written = false;
    const when = ({ mutating, operation }: Called) => {
      written ||= mutating;
      return written && operation === "ListProjectVariables";
    };
    return { when, at: "before", how };
  };
  const refusing = { error: "No", httpStatus: 404, message: "Project not found" };

  test("are not known to be done where CircleCI shows nothing any more: 1", async () => {
    const account = await applied();
    account.sandbox.faults.add(shownAfter({ error: "No", httpStatus: 403 }));
    const { code, out, err } = await circleci(account, `${ofProject} --apply`);
    expect(code).toBe(1);
    expect(out).toContain("created AWS_ROLE_ARN");
    expect(err).toContain(
      "Whether CircleCI has them now could not be read. CircleCI does not allow",
    );
  });

  test.each([
    ['{"message":"You may not write","error":true}', 200],
    ["<html>sign in</html>", 200],
    ["{}", 202],
  ])(
    "are not known to be made where the answer is not one of the API: %s %i",
    async (body, httpStatus) => {
      const account = await applied();
      stored(account, await outputsOf(account));
      const fault = forgetting("SetProjectVariable", body);
      account.sandbox.faults.add({ ...fault, how: { ...fault.how, httpStatus } });
      const { code, out, err } = await circleci(account, `${ofProject} --apply`);
      expect(code).toBe(1);
      expect(out).not.toContain("updated");
      expect(err).toContain(
        "Whether AWS_ROLE_ARN was changed is not known. Nothing else was changed.",
      );
    },
  );

  /** As each variable is shown, but for one. */
  const showing = (
    outputs: Readonly<Record<string, string>>,
    others: Readonly<Record<string, string>>,
  ) => {
    const shown = { ...outputs, ...others };
    const items = Object.entries(shown).map(([name, value]) => ({
      name,
      value: `xxxx${value.slice(-4)}`,
    }));
    return { error: "Other", httpStatus: 200, body: JSON.stringify({ items }) };
  };

  test.each([true, false])(
    "do not count as done where another value is there then: before, %s",
    async (isThere) => {
      const account = await applied();
      const outputs = await outputsOf(account);
      if (isThere) stored(account, outputs);
      account.sandbox.faults.add(shownAfter(showing(outputs, { AWS_REGION: "EVIL" })));
      const { code, out, err } = await circleci(account, `${ofProject} --apply --json`);
      expect(code).toBe(3);
      expect(JSON.parse(out).variables[1]).toMatchObject({ state: "differs", applied: false });
      expect(err).toContain(
        "CircleCI said that it has changed AWS_REGION, and does not show that.",
      );
    },
  );

  const removing = `${ofProject} --apply --remove-static-keys`;
  const ready = async (): Promise<{
    readonly account: Scenario;
    readonly outputs: Readonly<Record<string, string>>;
  }> => {
    const account = await applied();
    const outputs = await outputsOf(account);
    await logIn(account, outputs["AWS_ROLE_ARN"] ?? "");
    stored(account, { ...outputs, ...keys });
    return { account, outputs };
  };
  const deletions = ({ sandbox }: Scenario) =>
    sandbox.calls.filter(({ operation }) => operation === "DeleteProjectVariable");

  test("leave the static keys where they are, which nobody could get back", async () => {
    const { account, outputs } = await ready();
    account.sandbox.faults.add(
      shownAfter(showing({ ...outputs, ...keys }, { AWS_REGION: "EVIL" })),
    );
    const { code, out } = await circleci(account, removing);
    expect(code).toBe(3);
    expect(out).toContain(
      "The static keys stay. CircleCI does not show every variable as it was written: AWS_REGION (differs).",
    );
    expect(deletions(account)).toEqual([]);
  });

  test("leave the static keys where CircleCI shows nothing of a value, and says of none that its end is equal", async () => {
    const { account, outputs } = await ready();
    const items = [
      { name: "AWS_ROLE_ARN" },
      ...Object.entries({ ...outputs, ...keys })
        .slice(1)
        .map(([name, value]) => ({ name, value: `xxxx${value.slice(-4)}` })),
    ];
    const body = JSON.stringify({ items });
    const when = ({ operation }: Called) => operation === "ListProjectVariables";
    account.sandbox.faults.add({ when, at: "before", how: { error: "x", httpStatus: 200, body } });
    const { code, out } = await circleci(account, removing);
    expect(code).toBe(3);
    expect(deletions(account)).toEqual([]);
    expect(out).toContain(
      "The static keys stay. CircleCI shows nothing of the value of AWS_ROLE_ARN, so nobody can see whether it is right.",
    );
    const looked = await circleci(account, ofProject);
    expect(looked.out).toContain("unsure  AWS_ROLE_ARN\n");
    expect(looked.out).toContain("CircleCI shows at most the end of a value");
  });

  test("leave the static keys where CircleCI does not show the rest any more: 1", async () => {
    const { account } = await ready();
    account.sandbox.faults.add(shownAfter(refusing));
    const { code, out } = await circleci(account, `${removing} --json`);
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      error: { code: "CircleciNotFound" },
      blocked: ["Not every variable was seen in CircleCI as it was written."],
    });
    expect(deletions(account)).toEqual([]);
  });

  test("are not known to be deleted where the project itself is not found: 1", async () => {
    const { account } = await ready();
    let isGone = false;
    const when = ({ operation }: Called) => {
      isGone ||= operation === "DeleteProjectVariable";
      return isGone;
    };
    account.sandbox.faults.add({ when, at: "before", how: refusing });
    const { code, out, err } = await circleci(account, `${removing} --json`);
    expect(code).toBe(1);
    expect(err).toContain(
      "Whether AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY was deleted is not known.",
    );
    expect(JSON.parse(out).variables.slice(-2)).toMatchObject([
      { state: "present", applied: false },
      { state: "present", applied: false },
    ]);
  });

  test("are deletions where the listing that follows does not have the key", async () => {
    const { account, outputs } = await ready();
    const how = { error: "Gone", httpStatus: 404 };
    const when = ({ operation }: Called) => operation === "DeleteProjectVariable";
    account.sandbox.faults.add({ when, at: "after", how });
    const { code, err } = await circleci(account, removing);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(account.sandbox.circleci.variablesOf(slug)).toEqual(outputs);
  });
});
