import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { evaluateTrust } from "../../../sandbox/evaluate/index.ts";
import type { Witness } from "../../../shared/compare/index.ts";
import { admitsTrust } from "../../../shared/explain/index.ts";
import { trustAnswer } from "../answers.ts";
import { trustDocument } from "./arbitraries.ts";
import { circleciPair } from "./circleci-arbitraries.ts";
import { requestsOf } from "./requests.ts";

const runs = Number(process.env["PROPERTY_RUNS"] ?? "300");
const seed = Number(process.env["PROPERTY_SEED"] ?? "20261125");
const timeout = runs > 1000 ? 24 * 3_600_000 : 60_000;

describe("whether a policy admits one request", () => {
  it(
    "is what the sandbox's evaluator says",
    () => {
      fc.assert(
        fc.property(trustDocument, (document) => {
          const text = JSON.stringify(document);
          for (const request of requestsOf([document], { atMost: 30, seed: 1 })) {
            const { principal, action, context } = request;
            const lowered = new Map(
              [...context].map(([key, values]) => [key.toLowerCase(), values]),
            );
            const type = principalTypes.find((known) => known === principal.type) ?? "AWS";
            const asked = { principal: { type, id: principal.id }, action, context: lowered };
            const answer = admitsTrust(text, asked);
            if (answer.kind === "undecided") continue;
            const expected =
              evaluateTrust(document, request).decision === "allow" ? "admitted" : "not-admitted";
            expect(answer.kind, `${JSON.stringify([...context])} ${text}`).toBe(expected);
          }
        }),
        { numRuns: runs, seed },
      );
    },
    timeout,
  );
});

const principalTypes = ["AWS", "Federated", "Service", "CanonicalUser"] as const;

const id = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";
const origin = "[a-z0-9-]+(?:\\.[a-z0-9-]+)*\\.[a-z]{2,}(?:/[\\w.~-]+){2,}";
const component =
  "(?![./]|-)(?:(?!\\.\\.|@\\{|//|/\\.|\\.lock(?:/|$))[^\\s~^:?*\\[\\\\])+(?<![./])";
const vcs = `/vcs-origin/${origin}/vcs-ref/refs/(heads|tags)/${component}`;
const jobSubject = new RegExp(`^org/${id}/project/(${id})/user/${id}(${vcs})?$`);
const streamSubject = new RegExp(`^org/${id}/file-streaming/audit-logs$`);

/** What is wrong with the claim that a token of CircleCI's carries this request. */
function complaintsOfToken({ principal, action, context, token }: Witness): readonly string[] {
  const issuer = principal.id.replace(/^.*:oidc-provider\//, "");
  const value = (name: string) =>
    Object.entries(context).find(
      ([key]) => key.toLowerCase() === `${issuer}:${name}`.toLowerCase(),
    )?.[1]?.[0];
  const subject = value("sub") ?? "";
  const project = value("oidc.circleci.com/project-id");
  const job = jobSubject.exec(subject);
  const complaints: string[] = [];
  if (!issuer.startsWith("oidc.circleci.com")) complaints.push("no provider of CircleCI's");
  if (action !== "sts:AssumeRoleWithWebIdentity") complaints.push(`a token cannot ${action}`);
  if (value("aud") === undefined) complaints.push("a token has an audience");
  if (token === "audit-log-stream" ? !streamSubject.test(subject) : job === null) {
    complaints.push(`${subject} is not a subject of ${token}`);
  }
  if (job !== null && project !== job[1])
    complaints.push(`${project} is not the subject's project`);
  const others = Object.keys(context).filter(
    (key) =>
      key.includes("oidc.circleci.com") &&
      !/:(aud|sub|oaud|oidc\.circleci\.com\/project-id)$/i.test(key),
  );
  if (others.length > 0) complaints.push(`STS never sends ${others.join()}`);
  return complaints;
}

describe("a witness that is said to be a token", () => {
  it(
    "has the shape of CircleCI's tokens",
    () => {
      let tokens = 0;
      fc.assert(
        fc.property(circleciPair, (pair) => {
          const before = JSON.stringify(pair.before);
          const answer = trustAnswer({ before, after: JSON.stringify(pair.after) });
          if (answer.kind === "refused") throw new Error(JSON.stringify(answer.error));
          for (const witness of [answer.admitted, answer.dropped]) {
            if (witness === null || witness.token === null) continue;
            tokens += 1;
            expect(witness.reachable).toBe(true);
            expect(complaintsOfToken(witness), JSON.stringify(witness)).toEqual([]);
          }
        }),
        { numRuns: runs, seed: seed + 1 },
      );
      expect(tokens).toBeGreaterThan(runs / 4);
    },
    timeout,
  );

  it(
    "is preferred wherever some ordinary token proves the difference",
    () => {
      fc.assert(
        fc.property(circleciPair, (pair) => {
          const before = JSON.stringify(pair.before);
          const answer = trustAnswer({ before, after: JSON.stringify(pair.after), surroundings });
          if (answer.kind === "refused") throw new Error(JSON.stringify(answer.error));
          for (const [witness, allows, refuses] of [
            [answer.admitted, pair.after, pair.before],
            [answer.dropped, pair.before, pair.after],
          ] as const) {
            if (witness === null || witness.token !== null) continue;
            const proof = ordinaryTokens().find(
              (request) =>
                evaluateTrust(allows, request).decision === "allow" &&
                evaluateTrust(refuses, request).decision !== "allow",
            );
            expect(proof && [...proof.context], JSON.stringify(pair)).toBeUndefined();
          }
        }),
        { numRuns: runs, seed: seed + 2 },
      );
    },
    timeout,
  );
});

const organization = "11111111-2222-4333-8444-555555555555";
const issuer = `oidc.circleci.com/org/${organization}`;
const providerArn = `arn:aws:iam::123456789012:oidc-provider/${issuer}`;
const audiences = [organization, "sts.amazonaws.com"];
const surroundings = {
  account: "123456789012",
  providers: [{ arn: providerArn, audiences }],
};

/** Tokens as jobs get them: known and other projects, forks, a forged branch, two audiences. */
function ordinaryTokens() {
  const principal = { type: "Federated", id: providerArn };
  const projects = [
    "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee",
    "99999999-8888-4777-8666-555555555555",
    "12345678-1234-4234-8234-123456789012",
  ];
  const shop = "/vcs-origin/github.com/acme/shop/vcs-ref/refs/heads";
  const tails = [
    ...["", `${shop}/main`, `${shop}/dev`, `${shop}/pull/7`, `${shop}/x${shop}/main`],
    "/vcs-origin/github.com/evil/shop/vcs-ref/refs/heads/main",
  ];
  return projects.flatMap((project) =>
    tails.flatMap((tail) =>
      audiences.flatMap((audience) =>
        ["2026-12-01T00:00:00Z", "2027-01-15T00:00:00Z", "2028-01-01T00:00:00Z"].map((now) => ({
          principal,
          action: "sts:AssumeRoleWithWebIdentity",
          context: new Map([
            [`${issuer}:aud`, [audience]],
            [
              `${issuer}:sub`,
              [
                `org/${organization}/project/${project}/user/00000000-0000-4000-8000-000000000000${tail}`,
              ],
            ],
            [`${issuer}:oidc.circleci.com/project-id`, [project]],
            ["aws:CurrentTime", [now]],
          ]),
        })),
      ),
    ),
  );
}
