import { describe, expect, test } from "vitest";
import { standsAlone, touchesOthers } from "../../shared/plan/alone.ts";
import type { ControlEntry } from "../../shared/plan/control.ts";
import type { ObservedProvider } from "../../shared/plan/observed.ts";
import type { Organisation } from "../../shared/plan/organisation.ts";
import { noOrphans, type Orphans } from "../../shared/plan/orphans.ts";
import { homeTag, prefixTag } from "../../shared/plan/ownership.ts";
import { planProvider } from "../../shared/plan/provider.ts";
import type { AppliedRecord, WrittenNames } from "../../shared/plan/record.ts";
import { audienceWidenings } from "../../shared/plan/widening.ts";
import {
  entryWith,
  type Members,
  noNames,
  organization,
  place,
  read,
  recordWith,
  statusWith,
  versionWith,
  wider,
} from "./entries.ts";
import { arn, policyWith, roleWith } from "./subjects.ts";

const elsewhere = "99999999-2222-4333-8444-555555555555";
const role = (name: string): Members => ({ role: { name } });
const policy = (name: string): Members => ({ policy: { name } });
const circleci = (members: Members = {}): Members => ({
  circleci: { organizationId: organization, ...members },
});
const thumbprints = ["a".repeat(40), "b".repeat(40)];

/** What a version says, and what the record says of the one before. */
type Given = {
  readonly newest?: Members;
  readonly applied?: Members | null;
  readonly begun?: Members;
  readonly names?: Partial<WrittenNames>;
};

function recordOf({ applied = {}, begun, names = {} }: Given): AppliedRecord {
  const record = recordWith({
    applied: applied === null ? null : versionWith(1, applied),
    begun: begun === undefined ? null : versionWith(2, begun),
  });
  return { ...record, names: { ...record.names, ...names } };
}

function entryOf(given: Given): ControlEntry {
  return entryWith({
    newest: read(versionWith(3, given.newest ?? {})),
    record: { kind: "found", record: recordOf(given), parameterVersion: 3 },
  });
}

describe("an environment is decided about alone", () => {
  test.each<readonly [string, Given]>([
    ["where all is as it was", {}],
    ["whatever else its document changes", { newest: wider }],
    ["where its first version has only begun", { applied: null, begun: {} }],
    ["where nothing was written yet, since it is only observed", { names: noNames }],
    [
      "where its names differ in case alone",
      {
        newest: { ...role("deploy"), ...policy("DEPLOY") },
        applied: { ...role("Deploy"), ...policy("Deploy") },
      },
    ],
    [
      "where audiences and thumbprints are in another order",
      {
        newest: circleci({ audiences: ["x", "y"], thumbprints }),
        applied: circleci({ audiences: ["y", "x"], thumbprints: thumbprints.toReversed() }),
      },
    ],
  ])("%s", (_, given) => {
    expect(standsAlone(entryOf(given))).toBe(true);
  });

  test("where its newest document is not one, and so not in force", () => {
    const text = { version: 3, digest: "d", modifiedAt: null, text: "{" };
    const newest = { ...text, parsed: { kind: "invalid", problems: [] } } as const;
    expect(standsAlone({ ...entryOf({}), newest })).toBe(true);
  });
});

describe("others are asked for", () => {
  const moved: Members = { circleci: { organizationId: elsewhere } };
  test.each<readonly [string, Given]>([
    ["where the document claims another role", { newest: role("other") }],
    ["another policy", { newest: policy("other") }],
    ["another organisation", { newest: moved }],
    ["though nothing was written: another role", { newest: role("other"), names: noNames }],
    ["though nothing was written: another policy", { newest: policy("other"), names: noNames }],
    ["though nothing was written: another organisation", { newest: moved, names: noNames }],
    [
      "though nothing was written: another organisation, and the same audiences",
      {
        newest: { circleci: { organizationId: elsewhere, audiences: [organization] } },
        applied: circleci({ audiences: [elsewhere] }),
        names: noNames,
      },
    ],
    ["another audience", { newest: circleci({ audiences: ["x"] }) }],
    ["one audience less", { applied: circleci({ audiences: ["x"] }) }],
    ["a thumbprint", { newest: circleci({ thumbprints }) }],
    ["one thumbprint less", { applied: circleci({ thumbprints }) }],
    ["where the version before has another role", { applied: role("other"), begun: {} }],
    ["another policy", { applied: policy("other"), begun: {} }],
    ["another audience", { applied: circleci({ audiences: ["x"] }), begun: {} }],
    ["another organisation", { applied: moved, begun: {} }],
    ["where a role of before is still there", { names: { roles: ["CircleCI-OIDC-Role", "old"] } }],
    ["a policy", { names: { policies: ["old"] } }],
    ["a provider", { names: { organizations: [organization, elsewhere] } }],
    ["where the record names no version", { applied: null }],
  ])("%s", (_, given) => {
    expect(standsAlone(entryOf(given))).toBe(false);
  });

  test.each<readonly [string, Partial<ControlEntry>]>([
    ["where the document is gone", { newest: null }],
    ["where nothing was applied yet", { record: { kind: "absent" } }],
    ["where the record was not read", { record: { kind: "unread" } }],
    ["where it does not fit", { record: { kind: "misfit", why: "", parameterVersion: 3 } }],
    [
      "where only the status of the release before says what was applied",
      {
        record: { kind: "absent" },
        status: {
          ...statusWith({ appliedVersion: 3, appliedDigest: versionWith(3).digest }),
          seen: null,
        },
      },
    ],
  ])("%s", (_, given) => {
    expect(standsAlone({ ...entryOf({}), ...given })).toBe(false);
  });
});

const url = `oidc.circleci.com/org/${organization}`;
const desired = {
  arn: arn(`oidc-provider/${url}`),
  url: `https://${url}`,
  audiences: [organization],
  thumbprints: [],
};
const found: ObservedProvider = {
  arn: desired.arn,
  audiences: [organization],
  thumbprints: [],
  tags: { [prefixTag]: place.prefix, [homeTag]: place.home },
  settings: [],
};
/** The organisation's provider as it is found, what is kept on it, and which audiences are asked for. */
function organisationWith(given: {
  readonly found?: Partial<ObservedProvider>;
  readonly keep?: "all";
  readonly asked?: readonly string[];
}): Organisation {
  const observed = { ...found, ...given.found };
  const asked = given.asked ?? observed.audiences;
  return {
    providerArn: desired.arn,
    members: ["production"],
    others: [],
    doubtful: [],
    leavers: [],
    desired,
    observed: { kind: "found", value: observed },
    ours: true,
    plan: planProvider({ desired, observed, owner: place, keep: given.keep ?? [] }),
    widenings: audienceWidenings({ observed, desired, asked }),
    settings: [],
    isUnmarked: false,
  };
}

describe("a plan that was made alone", () => {
  const more = [organization, "x"];
  const quiet = organisationWith({});
  test.each<readonly [string, boolean, Organisation]>([
    ["not where the provider stays", false, quiet],
    ["where it adds an audience", true, organisationWith({ found: { audiences: [] } })],
    ["where it takes an audience off", true, organisationWith({ found: { audiences: more } })],
    [
      "where it reports an audience",
      true,
      organisationWith({ found: { audiences: more }, keep: "all", asked: [] }),
    ],
    [
      "not where it keeps an audience that others ask for",
      false,
      organisationWith({ found: { audiences: more }, keep: "all" }),
    ],
  ])("touches what others share: %s", (_, touches, organisation) => {
    const environments = [{ orphans: noOrphans }];
    for (const organisations of [[organisation], [quiet, organisation], [organisation, quiet]]) {
      expect(touchesOthers({ organisations, environments })).toBe(touches);
    }
  });

  test.each<readonly [string, Partial<Orphans>]>([
    ["a role", { roles: [roleWith()] }],
    ["a policy", { policies: [policyWith()] }],
    ["a provider", { providers: [found] }],
  ])("touches what others share where it is left: %s", (_, given) => {
    const left = { orphans: { ...noOrphans, ...given } };
    const none = { orphans: noOrphans };
    for (const environments of [[left], [none, left], [left, none]]) {
      expect(touchesOthers({ organisations: [], environments })).toBe(true);
    }
  });

  test("touches nobody else where there is no plan at all", () => {
    expect(touchesOthers({ organisations: [], environments: [] })).toBe(false);
  });
});
