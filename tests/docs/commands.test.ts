import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { leaves } from "../cli/leaves.ts";
import { say } from "../cli/shell.ts";
import { guide, organization, shop, somebody, textOf as written } from "../scenarios/documents.ts";
import { textOf } from "../source-files.ts";
import { acts } from "./acts.ts";
import { sessionOf } from "./persons.ts";
import { isPersona, type Persona, personas } from "./policies.ts";
import { openStage, type Stage } from "./stage.ts";
import { withEnvironment } from "./surroundings.ts";

const page = textOf("docs/AWS_DEVELOPER_ACCESS.md");

/** The page's table of commands: the words in backticks of each cell. */
const rows = [...page.matchAll(/^\| ((?:`[a-z ]+` ?)+) \| (.+) \|$/gm)].map(
  ([, commands = "", policies = ""]) => ({
    commands: [...commands.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name),
    policies: [...policies.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name),
  }),
);
const policiesOf = new Map(
  rows.flatMap(({ commands, policies }) => commands.map((name) => [name, policies] as const)),
);

const issuer = `https://oidc.circleci.com/org/${organization}`;
const job = `org/${organization}/project/${shop}/user/${somebody}`;
const claims = {
  iss: issuer,
  aud: organization,
  sub: `${job}/vcs-origin/github.com/acme/shop/vcs-ref/refs/heads/main`,
  iat: Date.parse("2026-11-26T09:00:00Z") / 1000,
  exp: Date.parse("2026-11-26T11:00:00Z") / 1000,
};
const role = "arn:aws:iam::123456789012:role/CircleCI-OIDC-Role";
const files = {
  "claims.json": JSON.stringify(claims),
  "question.json": JSON.stringify({ role, claims }),
  "production.yaml": written(guide),
};

/** A call of each command that asks AWS, in an account that is in sync. */
const calls: Readonly<Record<string, string>> = {
  plan: "plan production --document production.yaml",
  status: "status production",
  doctor: "doctor production --token claims.json",
  diagnose: "diagnose question.json",
  audit: "audit",
  "trust replay": "trust replay production",
  init: `init staging --organization ${organization} --project ${shop} --role CircleCI-Staging --policy CircleCI-Staging --write --yes`,
  history: "history production",
  approve: "approve staging --yes",
  drill: "drill production --timeout 60",
  "circleci config": "circleci config production",
  "circleci env": "circleci env production --project gh/acme/shop --apply --remove-static-keys",
  "circleci check": "circleci check production --project gh/acme/shop",
  report: "report production",
  reconcile: "reconcile production --lambda oidc-reconciler-prod-reconcile",
};

let stage: Stage;

beforeAll(async () => {
  stage = await openStage();
  for (const act of [
    "a trail logs",
    "deploy the stack",
    "production is applied",
    "a project in CircleCI",
  ]) {
    await acts[act]?.(stage);
  }
});
afterAll(() => stage.sandbox.close());

async function sayAs(line: string, ...duties: readonly Persona[]) {
  const environment = await sessionOf(stage.sandbox, ...duties);
  const shell = { environment, files, now: stage.sandbox.clock.now(), wait: stage.pass };
  const said = await withEnvironment(environment, () => say(line.split(" "), shell));
  await stage.pass(60_000);
  return said;
}

/** Has someone with this duty what a row asks for? Who deploys the function may invoke it too. */
function mayRun(persona: Persona, policies: readonly Persona[]): boolean {
  if (persona === "reader") return false;
  return policies.includes(persona) || (persona === "deployer" && policies.includes("runner"));
}

describe("the commands under the ready policies", () => {
  test("are all in the page's table", () => {
    expect([...policiesOf.keys()].toSorted()).toEqual(leaves.map(({ path }) => path).toSorted());
  });

  test("are all tried where the table names a policy for them", () => {
    const named = [...policiesOf].filter(([, policies]) => policies.some(isPersona));
    expect(named.map(([name]) => name).toSorted()).toEqual(Object.keys(calls).toSorted());
  });

  test.each(Object.entries(calls))("%s needs the policies of its row", async (name, line) => {
    const policies = (policiesOf.get(name) ?? []).filter(isPersona);
    const others = policies.length > 1 ? personas.filter((each) => !mayRun(each, policies)) : [];
    for (const other of others) {
      const refused = await sayAs(line, other);
      expect(refused.code, other).toBe(1);
      expect(refused.err, other).toContain("docs/AWS_DEVELOPER_ACCESS.md");
    }
    const { code, err, out } = await sayAs(line, ...policies);
    expect(err).not.toContain("not allowed");
    expect([0, 3], `${out}${err}`).toContain(code);
  });
});
