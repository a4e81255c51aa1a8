import { describe, expect, test } from "vitest";
import {
  readExpressions,
  readOrganizationSwitch,
  readSwitchesById,
  readSwitchesBySlug,
} from "../../../shared/edge/circleci/settings.ts";
import {
  client,
  context,
  eachInItsOwnSandbox,
  failureOf,
  organizationId,
  projectId,
  sandbox,
  slug,
} from "./sandboxed.ts";

eachInItsOwnSandbox();

describe("settings", () => {
  test("of a project come by its slug, from both versions", async () => {
    const settings = { disable_ssh: true, build_fork_prs: true, enable_unversioned_config: false };
    sandbox.circleci.createProject({ slug, id: projectId, organizationId, settings });
    const read = {
      id: projectId,
      buildsForks: true,
      passesSecretsToForks: true,
      disablesSshReruns: true,
      allowsUnversionedConfig: false,
    };
    const bySlug = await readSwitchesBySlug(client(), slug);
    expect(bySlug).toEqual({ value: { ...read, organizationId, name: slug }, faults: [] });
    const byId = await readSwitchesById(client(), projectId);
    const about = { organizationId: null, name: projectId };
    expect(byId).toEqual({ value: { ...read, ...about }, faults: [] });
  });

  test("that cannot be read are unknown, each with its reason", async () => {
    const when = ({ operation }: { readonly operation: string }) => operation.endsWith("V3");
    sandbox.faults.add({ when, at: "before", how: { error: "No", httpStatus: 404 } });
    const { value, faults } = await readSwitchesBySlug(client(), slug);
    expect(value).toMatchObject({ disablesSshReruns: false, allowsUnversionedConfig: null });
    expect(faults).toHaveLength(1);
    expect((await readOrganizationSwitch(client(), organizationId)).value).toBe(null);
    const gone = await readSwitchesBySlug(client(), "gh/acme/gone");
    expect(gone.value).toMatchObject({ id: null, buildsForks: null });
    expect(gone.faults).toHaveLength(2);
  });

  test.each([
    ["dots", ".."],
    ["a path", "../../v2/me"],
    ["a long text", "x".repeat(300_000)],
  ])("of a project whose id is %s, are not looked for by it", async (_, id) => {
    const when = ({ operation }: { readonly operation: string }) => operation === "GetProject";
    const how = { error: "Id", httpStatus: 200, body: JSON.stringify({ id }) };
    sandbox.faults.add({ when, at: "before", how });
    const { value, faults } = await readSwitchesBySlug(client(), slug);
    expect(value).toMatchObject({ id: null, allowsUnversionedConfig: null });
    expect(faults.join()).toHaveLength(0);
    expect(sandbox.calls.map(({ operation }) => operation).toSorted()).toEqual([
      "GetProject",
      "GetProjectSettings",
    ]);
  });

  test("that the two versions of the API show differently are unknown", async () => {
    const when = ({ operation }: { readonly operation: string }) =>
      operation === "GetProjectSettingsV3";
    const attributes = { is_ssh_disabled: true, can_pass_secrets_to_fork_pr_jobs: true };
    const how = { error: "Other", httpStatus: 200, body: JSON.stringify({ data: { attributes } }) };
    sandbox.faults.add({ when, at: "before", how });
    const { value } = await readSwitchesBySlug(client(), slug);
    expect(value).toMatchObject({ disablesSshReruns: null, passesSecretsToForks: true });
  });

  test("of an organisation come by its id", async () => {
    expect((await readOrganizationSwitch(client(), organizationId)).value).toBe(false);
    sandbox.circleci.setUnversionedConfig(organizationId, true);
    expect((await readOrganizationSwitch(client(), organizationId)).value).toBe(true);
  });

  test("of a context are its expressions alone", async () => {
    const restrictions = [
      { type: "project", value: projectId },
      { type: "expression", value: "not job.ssh.enabled" },
    ] as const;
    const of = sandbox.circleci.createContext({ name: "r", organizationId, restrictions });
    expect((await readExpressions(client(), of)).value).toEqual(["not job.ssh.enabled"]);
    const unknown = await readExpressions(client(), projectId);
    expect(unknown).toMatchObject({ value: null, faults: [expect.stringContaining("403")] });
  });

  test("of a context are on all pages", async () => {
    const expression = (value: string) => ({ type: "expression", value }) as const;
    const restrictions = ["not job.ssh.enabled", "true", "false"].map(expression);
    const of = sandbox.circleci.createContext({ name: "r", organizationId, restrictions });
    const page = (value: string, next: string | null) => ({
      error: "Page",
      httpStatus: 200,
      body: JSON.stringify({
        items: [{ restriction_type: "expression", restriction_value: value }],
        next_page_token: next,
      }),
    });
    const when = ({ operation }: { readonly operation: string }) => /Restrictions/.test(operation);
    sandbox.faults.add({ when, at: "before", how: page("not job.ssh.enabled", "two"), times: 1 });
    sandbox.faults.add({ when, at: "before", how: page("true", null), times: 1 });
    const { value } = await readExpressions(client(), of);
    expect(value).toEqual(["not job.ssh.enabled", "true"]);
  });

  test.each([
    "5",
    '{"restriction_type":7}',
    '{"restriction_type":"expression"}',
    '{"restriction_type":"Expression","restriction_value":"job.ssh.enabled"}',
    '{"restriction_type":"other","restriction_value":"x"}',
  ])("of a context that cannot be read to the last, %s, are unknown", async (item) => {
    const when = ({ operation }: { readonly operation: string }) => /Restriction/.test(operation);
    const body = `{"items":[{"restriction_type":"expression","restriction_value":"false"},${item}]}`;
    sandbox.faults.add({ when, at: "before", how: { error: "Odd", httpStatus: 200, body } });
    const { value, faults } = await readExpressions(client(), context);
    expect(value).toBe(null);
    expect(faults).toEqual([expect.stringContaining("unreadable answer")]);
  });

  test("end where the token is not accepted", async () => {
    const of = client({ token: sandbox.circleci.createToken("project") });
    const { failed } = await failureOf(readSwitchesBySlug(of, slug));
    expect(failed.code).toBe("LoginExpired");
  });
});
