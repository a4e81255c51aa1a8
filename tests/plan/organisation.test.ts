import { describe, expect, test } from "vitest";
import type { Reading } from "../../shared/aws/reading.ts";
import type { Choice } from "../../shared/plan/choice.ts";
import { type ControlEntry, type Evidence, evidenceOf } from "../../shared/plan/control.ts";
import type { ObservedProvider } from "../../shared/plan/observed.ts";
import { organisationsOf } from "../../shared/plan/organisation.ts";
import { homeTag, prefixTag } from "../../shared/plan/ownership.ts";
import {
  account,
  entryWith,
  installation,
  organization,
  place,
  read,
  recordWith,
  statusWith,
  versionWith,
} from "./entries.ts";
import { unreadable } from "./targets.ts";

const arn = `arn:aws:iam::123456789012:oidc-provider/oidc.circleci.com/org/${organization}`;
const ours = { [prefixTag]: place.prefix, [homeTag]: place.home };

/** One environment of the organisation: which further audiences its documents ask for. */
type Sharer = {
  /** Of the version that the record names; left out: there is no record. */
  readonly applied?: readonly string[];
  /** Of the newest version; `null`: the document was deleted. */
  readonly newest: readonly string[] | null;
  /** Which version is in force; left out: this run does not look at it. */
  readonly inForce?: "newest" | "applied" | "nothing" | "gone";
  readonly mode?: "observe";
  /** Something was applied and no record shows it. */
  readonly lost?: true;
};

const document = (audiences: readonly string[], mode = "enforce") => ({
  circleci: { organizationId: organization, audiences },
  mode,
});
const hold = { version: 2, digest: "", because: "gains", gains: [], why: "" } as const;

function entryOf(name: string, { applied, newest, mode, lost }: Sharer): ControlEntry {
  const record = recordWith({
    environment: name,
    applied: applied === undefined ? null : versionWith(1, document(applied)),
  });
  return entryWith({
    name,
    newest: newest === null ? null : read(versionWith(2, document(newest, mode))),
    record:
      applied === undefined ? { kind: "absent" } : { kind: "found", record, parameterVersion: 3 },
    ...(lost === undefined
      ? {}
      : { status: statusWith({ appliedVersion: 1, appliedDigest: "d" }) }),
  });
}

function choiceOf({ applied = [], newest, inForce, mode }: Sharer): Choice | null {
  const refusal = { kind: "held", hold } as const;
  switch (inForce) {
    case undefined:
      return null;
    case "gone":
      return { kind: "orphaned" };
    case "nothing":
      return { kind: "nothing", refusal, label: null };
    case "applied":
      return {
        kind: "applied",
        at: versionWith(1, document(applied)),
        refusal,
        letThrough: null,
        label: null,
      };
    case "newest": {
      const at = versionWith(2, document(newest ?? [], mode));
      return { kind: "newest", at, previous: null, letThrough: null, label: null };
    }
    default:
      return inForce satisfies never;
  }
}

/** What the run does to the provider, and which audiences it reports as open. */
function planned(
  sharers: Readonly<Record<string, Sharer>>,
  has: readonly string[] | Reading<ObservedProvider>,
  untaken: readonly string[] = [],
): readonly string[] {
  const entries = Object.entries(sharers).map(([name, sharer]) => entryOf(name, sharer));
  const evidence = new Map<string, Evidence>(entries.map((each) => [each.name, evidenceOf(each)]));
  const choices = new Map<string, Choice>();
  for (const [name, sharer] of Object.entries(sharers)) {
    const choice = choiceOf(sharer);
    if (choice !== null) choices.set(name, choice);
  }
  const found = (audiences: readonly string[], tags = ours): Reading<ObservedProvider> => {
    const value = {
      arn,
      audiences: [organization, ...audiences],
      thumbprints: [],
      tags,
      settings: [],
    };
    return { kind: "found", value };
  };
  const reading = "kind" in has ? has : found(has);
  const organisations = organisationsOf({
    account,
    installation,
    force: false,
    entries,
    evidence,
    choices,
    untaken: new Set(untaken),
    unseen: new Map(),
    provider: () => reading,
  });
  return organisations.flatMap(({ parting, plan, widenings }) => [
    ...[...plan.closing, ...plan.opening].map(({ step }) => {
      const what = "audience" in step ? ` ${step.audience}` : "";
      return `${step.do}${what}${parting === undefined ? "" : ` as ${parting} leaves`}`;
    }),
    ...widenings.map(({ admitted }) => {
      const context = admitted !== null && "context" in admitted ? admitted.context : {};
      return `report ${Object.values(context).flat().join()}`;
    }),
  ]);
}

const settled = (...audiences: readonly string[]): Sharer => {
  return { applied: audiences, newest: audiences, inForce: "newest" };
};
const { inForce: _, ...unlooked } = settled("y");
const theirs = {
  kind: "found",
  value: { arn, audiences: [], thumbprints: [], tags: { [prefixTag]: "/other" }, settings: [] },
} as const;

describe("two environments share a provider:", () => {
  test.each<
    readonly [
      string,
      Readonly<Record<string, Sharer>>,
      readonly string[] | Reading<ObservedProvider>,
      readonly string[],
    ]
  >([
    [
      "nothing is done where it lists what both ask for",
      { a: settled("x"), b: settled("y") },
      ["x", "y"],
      [],
    ],
    ["what either lacks is added", { a: settled("x"), b: settled("y") }, ["x"], ["add-audience y"]],
    [
      "also for one that this run does not look at",
      { a: settled("x"), b: unlooked },
      ["x"],
      ["add-audience y"],
    ],
    [
      "what neither asks for is removed and reported",
      { a: settled("x"), b: settled("y") },
      ["x", "y", "z"],
      ["remove-audience z", "report z"],
    ],
    [
      "what an edit stops asking for is removed, and is nobody's drift",
      { a: { ...settled("x"), newest: [] }, b: settled("y") },
      ["x", "y"],
      ["remove-audience x"],
    ],
    [
      "what a held version asks for is not added",
      { a: { applied: [], newest: ["x"], inForce: "applied" }, b: settled("y") },
      ["y"],
      [],
    ],
    [
      "and is kept where it is there, and reported",
      { a: { applied: [], newest: ["x"], inForce: "applied" }, b: settled("y") },
      ["x", "y"],
      ["report x"],
    ],
    [
      "what a first document in observe asks for is not added",
      { a: { newest: ["x"], inForce: "newest", mode: "observe" }, b: settled("y") },
      ["y"],
      [],
    ],
    [
      "nothing is removed while it is not known what one of them asked for",
      { a: { newest: [], inForce: "nothing", lost: true }, b: settled("y") },
      ["y", "z"],
      ["report z"],
    ],
    [
      "one that is deleted takes off what it alone asked for",
      { a: { applied: ["x", "y"], newest: null, inForce: "gone" }, b: settled("y") },
      ["x", "y"],
      ["remove-audience x as a leaves"],
    ],
    [
      "also if this run looks at no other",
      { a: { applied: ["x"], newest: null, inForce: "gone" }, b: unlooked },
      ["x", "y"],
      ["remove-audience x as a leaves"],
    ],
    [
      "one that is missing is created",
      { a: settled("x") },
      { kind: "absent" },
      ["create-provider"],
    ],
    ["one that cannot be read is left as it is", { a: settled("x") }, unreadable, []],
    [
      "another installation's is left as it is",
      { a: { newest: ["x"], inForce: "newest" } },
      theirs,
      [],
    ],
  ])("%s", (_what, sharers, has, expected) => {
    expect(planned(sharers, has)).toEqual(expected);
  });

  test("one that cannot be taken over is left as it is", () => {
    expect(planned({ a: settled("x") }, [], ["a"])).toEqual([]);
  });
});

test("what a removed environment pinned stays as it is found while no run looks at it, in capitals too", () => {
  const pinning = (pin: string) =>
    versionWith(1, {
      circleci: { organizationId: organization, thumbprints: [pin.repeat(40)] },
    });
  const pinned = (environment: string, at: ReturnType<typeof pinning>) => {
    const record = recordWith({ environment, applied: at });
    return { name: environment, record: { kind: "found", record, parameterVersion: 3 } as const };
  };
  const staying = pinning("a");
  const entries = [
    entryWith({ ...pinned("production", staying), newest: read(staying) }),
    entryWith({ ...pinned("staging", pinning("b")), newest: null }),
  ];
  const taken: Choice = {
    kind: "newest",
    at: staying,
    previous: staying,
    letThrough: null,
    label: null,
  };
  const thumbprints = ["A".repeat(40), "B".repeat(40)];
  const value = { arn, audiences: [organization], thumbprints, tags: ours, settings: [] };
  const [organisation] = organisationsOf({
    account,
    installation,
    force: false,
    entries,
    evidence: new Map(entries.map((each) => [each.name, evidenceOf(each)])),
    choices: new Map([["production", taken]]),
    untaken: new Set(),
    unseen: new Map(),
    provider: () => ({ kind: "found", value }),
  });
  expect(organisation?.plan).toEqual({ closing: [], opening: [] });
});
