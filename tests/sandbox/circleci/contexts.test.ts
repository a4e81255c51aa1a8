import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Sandbox, startSandbox } from "../../../sandbox/index.ts";
import { ask, organizationId, projectId, slug } from "./ask.ts";

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await startSandbox();
  sandbox.circleci.createProject({ slug, id: projectId, organizationId });
});
afterEach(() => sandbox.close());

describe("contexts", () => {
  it("are made, listed for their owner, read and deleted", async () => {
    const owner = { slug: "gh/acme", type: "organization" };
    const made = await ask(sandbox, "/v2/context", { method: "POST", body: { name: "b", owner } });
    sandbox.circleci.createContext({ name: "a", organizationId });
    sandbox.circleci.createContext({ name: "other", organizationId: projectId });
    for (const query of [`owner-id=${organizationId}`, "owner-slug=gh/acme"]) {
      const { body } = await ask(sandbox, `/v2/context?${query}`);
      expect(body).toMatchObject({ items: [{ name: "a" }, { name: "b" }], next_page_token: null });
    }
    const { id } = Object(made.body);
    expect((await ask(sandbox, `/v2/context/${id}`)).body).toMatchObject({ name: "b" });
    const again = { method: "POST", body: { name: "b", owner } };
    expect((await ask(sandbox, "/v2/context", again)).status).toBe(409);
    await ask(sandbox, `/v2/context/${id}`, { method: "DELETE" });
    expect((await ask(sandbox, `/v2/context/${id}`)).status).toBe(403);
  });

  it("come in pages of twenty", async () => {
    for (let at = 10; at < 31; at += 1) {
      sandbox.circleci.createContext({ name: `c${at}`, organizationId });
    }
    const path = `/v2/context?owner-id=${organizationId}`;
    const first = Object((await ask(sandbox, path)).body);
    expect(first.items).toHaveLength(20);
    const next = `${path}&page-token=${encodeURIComponent(first.next_page_token)}`;
    expect((await ask(sandbox, next)).body).toMatchObject({
      items: [{ name: "c30" }],
      next_page_token: null,
    });
  });

  it("are open to all members until they are restricted", async () => {
    const id = sandbox.circleci.createContext({ name: "deploy", organizationId });
    const path = `/v2/context/${id}/restrictions`;
    const [first] = Object((await ask(sandbox, path)).body).items;
    expect(first).toMatchObject({
      name: "All members",
      restriction_type: "group",
      restriction_value: organizationId,
    });
    await ask(sandbox, `${path}/${first.id}`, { method: "DELETE" });
    for (const [restriction_type, restriction_value] of [
      ["project", projectId],
      ["expression", "not job.ssh.enabled"],
    ]) {
      await ask(sandbox, path, { method: "POST", body: { restriction_type, restriction_value } });
    }
    expect((await ask(sandbox, path)).body).toMatchObject({
      items: [
        { name: slug, restriction_type: "project", project_id: projectId, context_id: id },
        { name: "", restriction_type: "expression", restriction_value: "not job.ssh.enabled" },
      ],
    });
    const wrong = { restriction_type: "branch", restriction_value: "main" };
    expect((await ask(sandbox, path, { method: "POST", body: wrong })).status).toBe(400);
    expect((await ask(sandbox, `${path}/${id}`, { method: "DELETE" })).status).toBe(404);
  });
});

describe("settings", () => {
  const settings = `/v2/project/${slug}/settings`;

  it("of a project have the values of a new one, until they are changed", async () => {
    expect((await ask(sandbox, settings)).body).toMatchObject({
      advanced: {
        build_fork_prs: false,
        forks_receive_secret_env_vars: true,
        disable_ssh: false,
      },
    });
    const body = { advanced: { disable_ssh: true } };
    await ask(sandbox, settings, { method: "PATCH", body });
    expect((await ask(sandbox, `/v3/projects/${projectId}/settings`)).body).toMatchObject({
      data: {
        attributes: {
          is_ssh_disabled: true,
          can_pass_secrets_to_fork_pr_jobs: true,
          enable_unversioned_config: true,
        },
      },
    });
  });

  it.each([
    [{}, "No JSON fields found."],
    [{ advanced: { oss: true } }, "Unexpected field 'advanced.oss'."],
    [{ advanced: { disable_ssh: "yes" } }, "disable_ssh must be a boolean."],
  ])("refuse %j", async (body, message) => {
    expect(await ask(sandbox, settings, { method: "PATCH", body })).toMatchObject({
      status: 400,
      body: { message },
    });
  });

  it("of an organisation say whether a pipeline may bring its own configuration", async () => {
    const path = `/v3/orgs/${organizationId}/settings`;
    const shown = (value: boolean) => ({
      data: { attributes: { enable_unversioned_config: value } },
    });
    expect((await ask(sandbox, path)).body).toEqual(shown(false));
    sandbox.circleci.setUnversionedConfig(organizationId, true);
    expect((await ask(sandbox, path)).body).toEqual(shown(true));
  });

  it("of a project's own page name its organisation", async () => {
    expect((await ask(sandbox, `/v2/project/${slug}`)).body).toMatchObject({
      id: projectId,
      slug,
      name: "shop",
      organization_id: organizationId,
      organization_slug: "gh/acme",
    });
  });
});
