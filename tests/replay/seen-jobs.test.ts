import { expect, test } from "vitest";
import { seenJobs } from "../../shared/replay/seen-jobs.ts";
import type { Sighting } from "../../shared/replay/sighting.ts";

const organization = "11111111-2222-4333-8444-555555555555";
const shop = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee";
const user = "c2e94f1d-06a7-4b58-9f3e-71d8ab45c690";

function seen(subject: string | null): Sighting {
  const issuer = `https://oidc.circleci.com/org/${organization}`;
  if (subject === null) return { eventId: null, at: null, isMisnamed: false, identity: null };
  const times = { expiresAt: null, notBefore: null, issuedAt: null, oddTimes: [] };
  const token = { issuer, subject, audiences: null, claims: {}, isWhole: false, ...times };
  return {
    eventId: null,
    at: null,
    isMisnamed: false,
    identity: { issuer, audience: organization, subject, token },
  };
}

const job = (rest: string, organizationId = organization) =>
  `org/${organizationId}/project/${shop}/user/${user}${rest}`;
const on = (origin: string, ref: string) => job(`/vcs-origin/${origin}/vcs-ref/${ref}`);

test("jobs that were seen are entries of a document, the most frequent first", () => {
  const sightings = [
    seen(job("")),
    seen(on("github.com/acme/shop", "refs/heads/main")),
    seen(on("github.com/acme/shop", "refs/heads/main")),
    seen(on("github.com/acme/shop", "refs/heads/dev")),
    seen(on("github.com/acme/web", "refs/tags/v1")),
    seen(on("github.com/acme/web", "refs/tags/v1")),
    // Another organisation's, the audit log's, and what nobody can read.
    seen(job("", "66666666-7777-4888-8999-aaaaaaaaaaaa")),
    seen(`org/${organization}/file-streaming/audit-logs`),
    seen("repo:acme/shop"),
    seen(null),
  ];
  expect(seenJobs(sightings, organization)).toEqual([
    {
      project: {
        id: shop,
        origin: "github.com/acme/shop",
        refs: ["refs/heads/dev", "refs/heads/main"],
      },
      times: 3,
    },
    { project: { id: shop, origin: "github.com/acme/web", refs: ["refs/tags/v1"] }, times: 2 },
    { project: { id: shop }, times: 1 },
  ]);
  expect(seenJobs([], organization)).toEqual([]);
});
