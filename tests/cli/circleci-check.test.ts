import { describe, expect, test } from "vitest";
import type { NewContext, NewProject } from "../../sandbox/index.ts";
import { guideWith } from "../scenarios/documents.ts";
import type { Scenario } from "../scenarios/harness.ts";
import { applied, circleci, context, organizationId, projectId, slug } from "./circleci-account.ts";
import type { Shell } from "./shell.ts";

const bare = guideWith({ trust: { projects: [{ id: projectId }] } });
const whole = guideWith({
  trust: {
    projects: [{ id: projectId, origin: "github.com/acme/shop", refs: ["refs/heads/main"] }],
  },
});

type Gap = { readonly gap: string; readonly enforcedBy: string };

function whoIn(out: string): Readonly<Record<string, string>> {
  const { gaps } = JSON.parse(out);
  return Object.fromEntries(gaps.map(({ gap, enforcedBy }: Gap) => [gap, enforcedBy]));
}

function withSettings({ sandbox }: Scenario, settings: NewProject["settings"]): void {
  const rest = settings === undefined ? {} : { settings };
  sandbox.circleci.createProject({ slug, id: projectId, organizationId, ...rest });
}

function restricted({ sandbox }: Scenario, restrictions: NewContext["restrictions"]): void {
  const rest = restrictions === undefined ? {} : { restrictions };
  sandbox.circleci.createContext({ name: "deploy", id: context, organizationId, ...rest });
}

describe("circleci check", () => {
  test("shows who closes each gap, and how the rest is closed", async () => {
    const account = await applied(bare);
    const { code, out, err } = await circleci(account, `check production --project ${slug}`);
    expect({ code, err }).toEqual({ code: 3, err: "" });
    expect(out).toBe(`nobody   context: which context a job uses
         A job may assume the role with or without a context, since every job gets a token; a restricted context guards its own variables alone.
         Name an origin and refs for each project in the document, and use a role for each environment.
nobody   ssh-rerun: whether somebody reruns a job with SSH
         "Disable SSH reruns" (Project Settings, Advanced) is off for gh/acme/shop.
         Turn on "Disable SSH reruns" (Project Settings, Advanced), or restrict the context that the deploy jobs need with the expression not job.ssh.enabled, and name it with --context.
circleci unversioned-config: whether the configuration was ever in the branch
         "Trigger pipelines with unversioned config" is off for the whole organisation (Organization Settings, Advanced).
circleci forks: whether a job builds a fork
         Of "Build forked pull requests" and "Pass secrets to builds from forked pull requests" (Project Settings, Advanced) one is off, so no build of a fork gets a token.
Not looked at: who may push to the refs. Protect them at the Git host.
`);
  });

  test("ends with 0 where every gap is closed", async () => {
    const account = await applied(whole);
    withSettings(account, { disable_ssh: true });
    const { code, out } = await circleci(account, "check production --json");
    expect(code).toBe(0);
    expect(whoIn(out)).toEqual({
      context: "aws",
      "ssh-rerun": "circleci",
      "unversioned-config": "circleci",
      forks: "aws",
    });
    expect(JSON.parse(out).gaps).toContainEqual(expect.objectContaining({ fix: null }));
  });

  test("looks at every project of the trust by its id, without --project", async () => {
    const other = "bbbbbbbb-bbbb-4ccc-8ddd-eeeeeeeeeeee";
    const both = guideWith({ trust: { projects: [{ id: projectId }, { id: other }] } });
    const account = await applied(both);
    const settings = { disable_ssh: true };
    withSettings(account, settings);
    const missing = await circleci(account, "check production --json");
    expect(whoIn(missing.out)["ssh-rerun"]).toBe("unknown");
    expect(missing.err).toContain(`GET projects/${other}/settings (HTTP 404)`);
    const { sandbox } = account;
    sandbox.circleci.createProject({ slug: "gh/acme/b", id: other, organizationId, settings });
    const { out, err } = await circleci(account, "check production --json");
    expect(whoIn(out)["ssh-rerun"]).toBe("circleci");
    expect(err).toBe("");
    const one = await circleci(account, `check production --project ${slug} --json`);
    expect(whoIn(one.out)["ssh-rerun"]).toBe("unknown");
    expect(one.code).toBe(3);
    expect(one.err).toBe("The trust names 1 more project, which was not looked at.\n");
  });

  test.each([
    ["not job.ssh.enabled", "circleci"],
    ['pipeline.git.branch == "main" and not job.ssh.enabled', "circleci"],
    ['pipeline.git.branch == "main"', "nobody"],
    ['not job.ssh.enabled or pipeline.git.branch == "main"', "nobody"],
  ])("reads the expression of a context: %s", async (value, expected) => {
    const account = await applied(bare);
    restricted(account, [{ type: "expression", value }]);
    const line = `check production --project ${slug} --context ${context} --json`;
    expect(whoIn((await circleci(account, line)).out)["ssh-rerun"]).toBe(expected);
  });

  test("finds forks that get tokens, and unversioned configuration", async () => {
    const account = await applied(bare);
    withSettings(account, { build_fork_prs: true });
    account.sandbox.circleci.setUnversionedConfig(organizationId, true);
    const { out } = await circleci(account, `check production --project ${slug} --json`);
    expect(whoIn(out)).toMatchObject({ forks: "nobody", "unversioned-config": "nobody" });
  });

  test.each([
    [403, { error: "No", httpStatus: 403, body: '{"error":{"title":"Forbidden"}}' }],
    [404, { error: "No", httpStatus: 404 }],
    [500, { error: "Down", httpStatus: 500 }],
  ])("calls what it may not read unknown, and says why: %i", async (status, how) => {
    const account = await applied(bare);
    const when = ({ service }: { readonly service: string }) => service === "circleci";
    account.sandbox.faults.add({ when, at: "before", how });
    const line = `check production --project ${slug} --context ${context} --json`;
    const { code, out, err } = await circleci(account, line);
    expect(code).toBe(3);
    expect(whoIn(out)).toEqual({
      context: "nobody",
      "ssh-rerun": "unknown",
      "unversioned-config": "unknown",
      forks: "unknown",
    });
    expect(err).toContain(`(HTTP ${status})`);
    const { faults, notes } = JSON.parse(out);
    expect(faults.length).toBeGreaterThan(2);
    expect(err).toBe(`${[...faults, ...notes].join("\n")}\n`);
  });

  test("has in its JSON why a gap is unknown, and nothing where all is known", async () => {
    const account = await applied(guideWith({ trust: { projects: "all" } }));
    const unasked = await circleci(account, "check production --json");
    const { gaps, ...why } = JSON.parse(unasked.out);
    expect(gaps).toContainEqual(expect.objectContaining({ enforcedBy: "unknown" }));
    expect(why).toEqual({ notes: [expect.stringMatching(/one at a time: say --project\.$/)] });
    expect(unasked.err).toBe(`${why.notes[0]}\n`);
    const known = await applied(bare);
    const answer = await circleci(known, `check production --project ${slug} --json`);
    expect(Object.keys(JSON.parse(answer.out))).toEqual(["gaps"]);
  });

  test("works with a CircleCI server, which has no version 3", async () => {
    const account = await applied(bare);
    withSettings(account, { disable_ssh: true });
    const when = ({ operation }: { readonly operation: string }) => operation.endsWith("V3");
    account.sandbox.faults.add({ when, at: "before", how: { error: "No", httpStatus: 404 } });
    const { out } = await circleci(account, `check production --project ${slug} --json`);
    expect(whoIn(out)).toMatchObject({
      "ssh-rerun": "circleci",
      forks: "circleci",
      "unversioned-config": "unknown",
    });
  });

  test("says that a project is not the trust's, and that all are more than one", async () => {
    const account = await applied(bare);
    const settings = { disable_ssh: true };
    account.sandbox.circleci.createProject({ slug: "gh/acme/other", organizationId, settings });
    const line = "check production --project gh/acme/other --json";
    const { code, out, err } = await circleci(account, line);
    expect(err).toContain("The trust does not name gh/acme/other, so no job of it");
    expect(whoIn(out)).toMatchObject({ "ssh-rerun": "unknown", forks: "unknown" });
    expect(code).toBe(3);
    const all = await applied(guideWith({ trust: { projects: "all" } }));
    const without = await circleci(all, "check production --json");
    expect(whoIn(without.out)["ssh-rerun"]).toBe("unknown");
    expect(without.err).toContain("say --project");
  });

  const settled = { data: { id: projectId, attributes: { is_ssh_disabled: true } } };

  test.each([
    ["GetProjectSettingsV3", settled, "circleci", "do not show"],
    ["GetProjectSettingsV3", { data: { ...settled.data, id: context } }, "unknown", "another id"],
    ["GetProjectSettingsV3", { data: { ...settled.data, id: 7 } }, "unknown", "another id"],
    ["GetProjectSettingsV3", { items: {} }, "unknown", "it has no data.attributes"],
    ["GetProjectSettingsV3", [1, 2], "unknown", "it is not an object"],
    ["GetProjectSettingsV3", null, "unknown", "it is not an object"],
    [
      "GetProjectSettingsV3",
      { data: { attributes: { is_ssh_disabled: "true" } } },
      "unknown",
      "is_ssh_disabled is neither true nor false",
    ],
    [
      "GetOrganizationSettingsV3",
      { data: { id: context, attributes: {} } },
      "circleci",
      "another id",
    ],
  ])("believes of %s only what it says of the very id: %j", async (operation, body, who, says) => {
    const account = await applied(bare);
    withSettings(account, { disable_ssh: true });
    account.sandbox.faults.add({
      when: (call) => call.operation === operation,
      at: "before",
      how: { error: "Odd", httpStatus: 200, body: JSON.stringify(body) },
    });
    const { code, out, err } = await circleci(account, "check production --json");
    expect(whoIn(out)["ssh-rerun"]).toBe(who);
    expect(err).toContain(says);
    expect(code).toBe(3);
  });

  test.each([
    ["GetProject", { id: 7 }, "CircleCI does not show which project"],
    ["GetProject", {}, "CircleCI does not show which project"],
    ["GetProjectSettings", { advanced: { disable_ssh: "true" } }, "disable_ssh is neither"],
    ["GetProjectSettings", { advanced: { disable_ssh: false } }, "contradict each other"],
  ])(
    "nor of a slug that may be another one, or of what differs: %s %j",
    async (operation, body, says) => {
      const account = await applied(bare);
      withSettings(account, { disable_ssh: true });
      account.sandbox.faults.add({
        when: (call) => call.operation === operation,
        at: "before",
        how: { error: "Odd", httpStatus: 200, body: JSON.stringify(body) },
      });
      const { code, out, err } = await circleci(
        account,
        `check production --project ${slug} --json`,
      );
      expect(whoIn(out)["ssh-rerun"]).toBe("unknown");
      expect(err).toContain(says);
      expect(code).toBe(3);
    },
  );

  test("changes nothing in AWS or CircleCI", async () => {
    const account = await applied(bare);
    const before = account.sandbox.calls.length;
    await circleci(account, `check production --project ${slug} --context ${context}`);
    const made = account.sandbox.calls.slice(before);
    expect(made.length).toBeGreaterThan(5);
    expect(made.filter(({ mutating }) => mutating)).toEqual([]);
  });
});

describe("what stops circleci check", () => {
  test.each([
    ["check", "NAME is missing"],
    ["check production --project shop", "--project takes the slug"],
    ["check production --context shop", "--context takes the id"],
    ["check prodution", 'Did you mean "production"?'],
  ])("%s: 2", async (line, message) => {
    const account = await applied(bare);
    const { code, err } = await circleci(account, line);
    expect(code).toBe(2);
    expect(err).toContain(message);
  });

  test.each([
    [{ CIRCLE_TOKEN: "" }, 1, "CredentialsMissing"],
    [{ CIRCLE_TOKEN: "CCIPAT_made_up" }, 1, "LoginExpired"],
    [{ CIRCLECI_CLI_HOST: "http://127.0.0.1:9" }, 1, "CircleciUnavailable"],
    [{ CIRCLECI_CLI_HOST: "http://example.com" }, 2, "BadSetting"],
  ])("%j: %i, %s", async (environment, code, error) => {
    const account = await applied(bare);
    const said = await circleci(account, "check production --json", { environment });
    expect(said.code).toBe(code);
    expect(JSON.parse(said.out)).toMatchObject({ error: { code: error } });
  });

  test("Ctrl-C before CircleCI has answered: 1", async () => {
    const account = await applied(bare);
    const interrupted = AbortSignal.abort();
    const said = await circleci(account, "check production --json", { interrupted });
    expect(said.code).toBe(1);
    expect(JSON.parse(said.out)).toMatchObject({ error: { code: "Interrupted" } });
    expect(said.err).toMatch(/^CircleCI had not answered before Ctrl-C: GET [\w/-]+\.\n$/);
    expect(account.sandbox.calls.filter(({ service }) => service === "circleci")).toEqual([]);
  });

  test("a token that is not accepted: 1, and nothing more is asked or waited for", async () => {
    const account = await applied(bare);
    const waiting = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<void>();
    const { faults } = account.sandbox;
    const busy = (operation: string, seconds: string, times: number) =>
      faults.add({
        when: (call) => call.operation === operation,
        at: "before",
        how: { error: "Busy", httpStatus: 429, headers: { "retry-after": seconds } },
        times,
      });
    busy("GetOrganizationSettingsV3", "20", 9);
    busy("GetProjectSettingsV3", "1", 1);
    faults.add({
      when: (call) => call.operation === "GetProjectSettingsV3",
      at: "before",
      how: { error: "No", httpStatus: 401 },
    });
    const wait: Shell["wait"] = async (milliseconds, signal) => {
      if (milliseconds === 1000) return waiting.promise;
      signal?.addEventListener("abort", () => ended.resolve());
      waiting.resolve();
      return ended.promise;
    };
    const { code, err } = await circleci(account, "check production", { wait });
    expect(code).toBe(1);
    expect(err).toContain("does not accept the token");
    await ended.promise;
    expect(account.sandbox.calls.at(-1)).toMatchObject({ operation: "GetProjectSettingsV3" });
  });

  test("a document that nothing is in force of: 1", async () => {
    const account = await applied(bare);
    await account.put("circleci: {}", "draft");
    const said = await circleci(account, "check draft --json");
    expect(said.code).toBe(1);
    expect(JSON.parse(said.out)).toMatchObject({ error: { code: "NothingInForce" } });
  });
});
