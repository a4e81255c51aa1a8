import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { leaves } from "../cli/leaves.ts";
import { say } from "../cli/shell.ts";
import { guide, organization, shop, somebody, textOf as written } from "../scenarios/documents.ts";
import { textOf } from "../source-files.ts";
import { acts } from "./acts.ts";
import { sessionOf } from "./persons.ts";
import { isPersona, type Persona } from "./policies.ts";
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
  init: `init NEW --organization ${organization} --project ${shop} --role New --policy New --write --yes`,
  plan: "plan production --document production.yaml",
  status: "status production",
  doctor: "doctor production --token claims.json",
  diagnose: "diagnose question.json",
  audit: "audit",
  "trust replay": "trust replay production",
  drill: "drill production --timeout 60",
  "circleci config": "circleci config production",
  "circleci env": "circleci env production --project gh/acme/shop --apply --remove-static-keys",
  "circleci check": "circleci check production --project gh/acme/shop",
};

let stage: Stage;
let made = 0;

beforeAll(async () => {
  stage = await openStage();
  for (const act of ["a trail logs", "deploy the stack", "production is applied"]) {
    await acts[act]?.(stage);
  }
});
afterAll(() => stage.sandbox.close());

async function sayAs(line: string, ...duties: readonly Persona[]) {
  // A document is made once: each try has a name of its own.
  made += 1;
  const words = line.split(" ").map((word) => (word === "NEW" ? `new-${made}` : word));
  const environment = await sessionOf(stage.sandbox, ...duties);
  const shell = { environment, files, now: stage.sandbox.clock.now(), wait: stage.pass };
  return withEnvironment(environment, () => say(words, shell));
}

describe("the commands under the ready policies", () => {
  test("are all in the page's table", () => {
    expect([...policiesOf.keys()].toSorted()).toEqual(leaves.map(({ path }) => path).toSorted());
  });

  test("are all tried where the table names a policy for them", () => {
    const named = [...policiesOf].filter(([, policies]) => policies.some(isPersona));
    expect(named.map(([name]) => name).toSorted()).toEqual(Object.keys(calls).toSorted());
  });

  test.each(Object.entries(calls))(
    "%s gets through with the policies of its row",
    async (name, line) => {
      const policies = (policiesOf.get(name) ?? []).filter(isPersona);
      const { code, err, out } = await sayAs(line, ...policies);
      expect(err).not.toContain("not allowed");
      expect([0, 3], `${out}${err}`).toContain(code);
    },
  );

  test.each(Object.entries(calls).filter(([name]) => (policiesOf.get(name) ?? []).length > 1))(
    "%s is refused with the reader's policy alone, and the answer names this page",
    async (_, line) => {
      const { code, err } = await sayAs(line, "reader");
      expect(code).toBe(1);
      expect(err).toContain("docs/AWS_DEVELOPER_ACCESS.md");
    },
  );
});
