import { expect } from "vitest";
import { isWritten, parseSubject } from "../../../shared/circleci/tokens.ts";
import { admitsTrust, explainTrust } from "../../../shared/explain/index.ts";
import {
  type Block,
  key,
  organization,
  policy,
  project,
  statement,
} from "../../compare/documents.ts";

/**
 * For the tests of what `explain` finds, each with what is true of the tokens that an issuer can
 * sign. The first words of a title are where the case was seen; `engine` are cases found by trying
 * them all.
 */
export const at = new Date("2026-11-26T00:00:00Z");
export const mask = "????????-????-????-????-????????????";
export const person = "c2e94f1d-06a7-4b58-9f3e-71d8ab45c690";
export const otherProject = "bbbbbbbb-cccc-4ddd-8eee-ffffffffffff";
export const jobs = `org/${organization}/project/${project}/user/`;
export const shop = "/vcs-origin/github.com/acme/shop";
export const main = "/vcs-ref/refs/heads/main";
export const audience = { [key("aud")]: organization };
export const projectKey = key("oidc.circleci.com/project-id");

export function explained(text: string) {
  const explanation = explainTrust(text, at);
  if (explanation.kind === "refused") throw new Error(explanation.error.message);
  return explanation;
}

export function codesOf(text: string): readonly string[] {
  return [...new Set(explained(text).looseEnds.map(({ code }) => code))];
}

/** The base policy with this subject. */
export function like(...subjects: readonly string[]): string {
  return policy(statement({ StringEquals: audience, StringLike: { [key("sub")]: subjects } }));
}

export function base(more: Block = {}, other: object = {}): object {
  return statement(
    {
      ...more,
      StringEquals: { ...audience, ...more["StringEquals"] },
      StringLike: { [key("sub")]: `${jobs}*`, ...more["StringLike"] },
    },
    other,
  );
}

/** Every example is a token that CircleCI can have signed, of a ref that git takes, and gets in. */
export function expectTrueExamples(text: string): void {
  for (const { code, example, message } of explained(text).looseEnds) {
    if (example === undefined) continue;
    const subject = parseSubject(example);
    if (subject === null) throw new Error(`${code}: ${example} is not a subject`);
    expect(isWritten(subject), example).toBe(true);
    const claims = {
      iss: `https://oidc.circleci.com/org/${organization}`,
      aud: organization,
      sub: example,
      ...(subject.kind === "job" ? { "oidc.circleci.com/project-id": subject.projectId } : {}),
    };
    const context = new Map([["aws:currenttime", at.toISOString().slice(0, 19).concat("Z")]]);
    expect(admitsTrust(text, claims, context).kind, `${code}: ${message}`).toBe("admitted");
  }
}
