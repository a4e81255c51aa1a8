import { describe, expect, test } from "vitest";
import { namedPermissions } from "../../shared/plan/named-targets.ts";
import type { ObservedTargets } from "../../shared/plan/observed.ts";
import { managedPolicyLengthMax } from "../../shared/trust/index.ts";
import { gainsAndLosses } from "../compare/answers.ts";
import { place } from "./entries.ts";
import {
  account,
  documentNaming,
  naming,
  nothing,
  region,
  resolved,
  serviceId,
  unread,
  within,
} from "./targets.ts";

type Deploy = Readonly<Record<string, unknown>>;

const app = {
  id: "d1front",
  name: "front",
  arn: resolved.amplify.appArn,
  hasRepository: true,
  branches: null,
};
const existing: ObservedTargets = {
  ...nothing,
  ecr: { kind: "found", value: new Map([["shop/web", resolved.ecr.arn]]) },
  appRunner: {
    services: { kind: "found", value: new Map([["shop", resolved.appRunner.arn]]) },
    roles: new Map(),
  },
  amplify: { kind: "found", value: [app] },
  ecsExpress: {
    kind: "found",
    value: new Map([["web/api", { kind: "found", value: resolved.ecsExpress }]]),
  },
};

function permissions(deploy: Deploy, observed = nothing): string {
  const inRegion = (name: string) => (name === region ? observed : { ...nothing, region: name });
  return namedPermissions({ document: documentNaming(deploy), observed: inRegion, account, place });
}

function edit(before: Deploy, after: Deploy, observed = nothing): string {
  return gainsAndLosses({
    before: [permissions(before, observed)],
    after: [permissions(after, observed)],
  });
}

const branches = (...names: readonly string[]) => ({
  amplify: [{ app: "front", branches: names }],
});
const every = { amplify: [{ app: "front" }] };

const gain = "gains true, loses false";
const loss = "gains false, loses true";
const change = "gains true, loses true";
const same = "gains false, loses false";

/** What an edit does, whether or not the targets exist. */
const edits: readonly (readonly [what: string, before: Deploy, after: Deploy, does: string])[] = [
  ["a first target", {}, { ecr: ["web"] }, gain],
  ["a repository more", { ecr: ["shop/web"] }, { ecr: ["shop/web", "api"] }, gain],
  ["a repository less", { ecr: ["shop/web", "api"] }, { ecr: ["shop/web"] }, loss],
  ["another repository", { ecr: ["shop/web"] }, { ecr: ["api"] }, change],
  ["repositories in another order", { ecr: ["a1", "b1"] }, { ecr: ["b1", "a1"] }, same],
  ["an App Runner service", {}, { appRunner: ["shop"] }, gain],
  ["another App Runner service", { appRunner: ["shop"] }, { appRunner: ["shop2"] }, change],
  ["an Express service", {}, { ecsExpress: ["web/api"] }, gain],
  ["a second Express service", { ecsExpress: ["web/api"] }, { ecsExpress: ["web/api", "b"] }, gain],
  ["another cluster", { ecsExpress: ["web/api"] }, { ecsExpress: ["api"] }, change],
  ["an Amplify app", {}, every, gain],
  ["a branch more", branches("main"), branches("main", "dev"), gain],
  ["a branch less", branches("main", "dev"), branches("main"), loss],
  ["all branches", branches("main"), every, gain],
  ["branches named", every, branches("main"), loss],
  ["another Region", naming, { ...naming, region: "eu-west-1" }, change],
  ["nothing any more", naming, {}, loss],
  ["the same", naming, naming, same],
];

describe("an edit of the named targets", () => {
  test.each(edits)("to %s, where none exists", (_what, before, after, does) => {
    expect(edit(before, after)).toBe(does);
  });

  test.each(edits)("to %s, where they exist", (_what, before, after, does) => {
    expect(edit(before, after, existing)).toBe(does);
  });

  test.each(edits)("to %s, where none could be read", (_what, before, after, does) => {
    expect(edit(before, after, unread)).toBe(does);
  });

  test("is not one where a target was re-created: both sides take what is there today", () => {
    const arn = resolved.appRunner.arn.replace(serviceId, "0".repeat(32));
    const again: ObservedTargets = {
      ...existing,
      appRunner: {
        services: { kind: "found", value: new Map([["shop", arn]]) },
        roles: new Map(),
      },
    };
    expect(edit(naming, naming, again)).toBe(same);
    expect(permissions(naming, again)).toContain(arn);
  });

  test("is not one between an app's name and its id, once it exists", () => {
    const byId = { amplify: [{ app: "d1front" }] };
    expect(edit(every, byId, existing)).toBe(same);
    expect(edit(every, byId)).toBe(change);
  });

  test("is one between a name that two apps have and the id of one", () => {
    const two: ObservedTargets = {
      ...existing,
      amplify: {
        kind: "found",
        value: [app, { ...app, id: "d2", arn: `${within("amplify")}apps/d2` }],
      },
    };
    expect(edit(every, { amplify: [{ app: "d2" }] }, two)).toBe(change);
  });
});

describe("permissions by name", () => {
  test("ask for the Region of the document", () => {
    const asked: string[] = [];
    const document = documentNaming({ ...naming, region: "eu-west-1" });
    const observed = (name: string) => {
      asked.push(name);
      return { ...nothing, region: name };
    };
    expect(namedPermissions({ document, observed, account, place })).not.toContain("us-east-1");
    expect(new Set(asked)).toEqual(new Set(["eu-west-1"]));
  });

  test("share nothing between Regions, kinds and names", () => {
    const idsIn = (deploy: Deploy) => permissions(deploy).match(/[0-9a-f]{32}/g) ?? [];
    const one = { appRunner: ["same"], ecsExpress: ["same"], amplify: [{ app: "same" }] };
    const ids = [one, { ...one, region: "eu-west-1" }, { ecsExpress: ["other"] }].map(
      (deploy) => new Set(idsIn(deploy)),
    );
    expect(ids.map(({ size }) => size)).toEqual([3, 3, 1]);
    expect(new Set(ids.flatMap((each) => [...each])).size).toBe(7);
  });

  test("know no length", () => {
    const ecr = Array.from({ length: 200 }, (_, index) => `repository-${index}`);
    const text = permissions({ ecr });
    expect(text.length).toBeGreaterThan(managedPolicyLengthMax);
    expect(edit({ ecr: ecr.slice(1) }, { ecr })).toBe(gain);
  });

  test("are the same for the same names, and hold no wildcard but those of the shapes", () => {
    expect(permissions(naming)).toBe(permissions(naming));
    const wild = [...permissions(naming).matchAll(/"Resource":("[^"]*"|\[[^\]]*\])/g)]
      .flatMap(([, resources]) => [JSON.parse(resources ?? "[]")].flat())
      .filter((resource: string) => /[*?]/.test(resource.replace(/(:|\/)\*$/, "")));
    expect([...new Set(wild)]).toEqual(["*"]);
  });
});
