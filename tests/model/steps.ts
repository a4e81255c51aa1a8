import { GetParameterHistoryCommand } from "@aws-sdk/client-ssm";
import { textOf, type Written } from "../scenarios/documents.ts";
import { namedBy } from "./callers.ts";
import { differences } from "./differences.ts";
import type { Form } from "./features.ts";
import { type Ground, openGround } from "./ground.ts";
import { type Kept, keptOf, lookAt, type Seen } from "./look.ts";
import { desiredRole, namesOf, type Reading, seenRole } from "./reading.ts";
import { grantsOf, makeTargets, operationsOn } from "./targets.ts";

/** What the documents that were put so far leave behind, by hand and by the reference alone. */
type Expected = {
  /** The document that is written; null before the first one that may be. */
  readonly inForce: Written | null;
  /** Documents of before under whose names something may be left. */
  readonly former: readonly Written[];
  /** Is the newest version the one in force? */
  readonly settled: boolean;
};

const minute = 60_000;
const outputs = "/oidc-reconciler/outputs/production";
const owner = { outputs, prefix: "/oidc-reconciler", environment: "production" };

/** What a document that is put makes of it. */
function expectedAfter(before: Expected, document: Written): Expected {
  const { inForce, former } = before;
  if (document.mode === "observe" || document.mode === "suspend") {
    return { ...before, settled: false };
  }
  const known = [...former, ...(inForce === null ? [] : [inForce])];
  const own = namesOf(document).role.toLowerCase();
  const sameRole = known.find((each) => namesOf(each).role.toLowerCase() === own);
  const moved =
    sameRole !== undefined && (sameRole.role?.path ?? "/") !== (document.role?.path ?? "/");
  // IAM cannot move a role: a conflict, and nothing is written.
  if (moved) return { ...before, settled: false };
  const removes =
    document.onRemove === "delete" || (inForce !== null && inForce.onRemove === "delete");
  return { inForce: document, former: removes ? [] : known, settled: true };
}

/** An account whose only environment goes from document to document. */
export type Walk = {
  /** Puts the next document; gives what is not as it should be after it, a line for each thing. */
  step(form: Form): Promise<readonly string[]>;
};

export async function beginWalk(): Promise<Walk> {
  const ground = await openGround();
  const targets = await makeTargets(ground);
  const account = { targets, operations: operationsOn(targets), ...owner };
  let expected: Expected = { inForce: null, former: [], settled: false };
  return {
    step: async ({ document }) => {
      expected = expectedAfter(expected, document);
      const version = await ground.put(textOf(document));
      await settle(ground, version);
      return [
        ...wrongIn(ground, expected, account),
        ...untrue(await keptOf(ground), expected, version),
        ...(expected.settled ? await labels(ground) : []).map((label) => `labelled ${label}`),
        ...(await restless(ground)),
        ...wrongIn(ground, expected, account),
      ];
    },
  };
}

/** Runs, approves where the version is held, and gives the change two runs. */
async function settle(ground: Ground, version: number): Promise<void> {
  const first = await ground.run();
  const held = first.report.environments[0]?.outcome === "held";
  if (held) {
    await ground.approve(version);
    await ground.run();
  }
  ground.wait(minute);
  await ground.run();
}

/** What three runs do beside their heartbeat, and who they alert. */
async function restless(ground: Ground): Promise<readonly string[]> {
  const did: string[] = [];
  for (let nth = 1; nth <= 3; nth += 1) {
    ground.wait(15 * minute);
    const { iamWrites, parameterWrites, report } = await ground.run();
    const all = [
      ...iamWrites,
      ...parameterWrites.filter((name) => name !== "/heartbeat"),
      ...report.alerts.map(({ kind, text }) => `${kind}: ${text}`),
      ...report.errors.map(({ message }) => message),
    ];
    did.push(...all.map((each) => `run ${nth} of the quiet ones: ${each}`));
  }
  return did;
}

async function labels({ ssm, prefix }: Ground): Promise<readonly string[]> {
  const Name = `${prefix}/environments/production`;
  const { Parameters = [] } = await ssm.send(new GetParameterHistoryCommand({ Name }));
  return Parameters.flatMap(({ Labels = [] }) => Labels);
}

/** Where IAM is not what the document asks for, or something else is left than what may be. */
function wrongIn(ground: Ground, expected: Expected, account: Reading): readonly string[] {
  const seen = lookAt(ground, account.operations);
  const { inForce, former } = expected;
  const known = inForce === null ? former : [...former, inForce];
  const parts = differences(partsExpected(known), partsOf(seen));
  if (inForce === null) return parts;
  return [
    ...parts,
    ...differences(
      desiredRole(inForce, account, ground.sandbox.clock.now()),
      seenRole(seen, inForce),
    ),
    ...differences(desiredProvider(inForce), seenProvider(seen, inForce)),
    ...tooMuchLeft(ground, seen, { former, inForce }, account),
  ];
}

/** The names of everything that there is. */
function partsOf({ roles, policies, providers }: Seen) {
  return {
    roles: roles.map(({ name }) => name).toSorted(),
    policies: [...policies.keys()].toSorted(),
    providers: [...providers.keys()].toSorted(),
  };
}

function partsExpected(documents: readonly Written[]) {
  const names = documents.map(namesOf);
  const unique = (all: readonly string[]) => [...new Set(all)].toSorted();
  return {
    roles: unique(names.map(({ role }) => role)),
    policies: unique(names.map(({ policy }) => policy)),
    providers: unique(names.map(({ provider }) => provider)),
  };
}

const providerTags = {
  "oidc-reconciler:home": "us-east-1",
  "oidc-reconciler:prefix": "/oidc-reconciler",
  "oidc-reconciler:created": "true",
};

function desiredProvider({ circleci }: Written) {
  return {
    audiences: [circleci?.organizationId ?? "", ...(circleci?.audiences ?? [])],
    thumbprints: circleci?.thumbprints ?? [],
    tags: providerTags,
  };
}

function seenProvider({ providers }: Seen, document: Written) {
  const provider = providers.get(namesOf(document).provider);
  // IAM's own list is left alone where the document names none.
  const pinned = (document.circleci?.thumbprints ?? []).length > 0;
  return {
    audiences: provider?.audiences,
    thumbprints: pinned ? provider?.thumbprints : [],
    tags: provider?.tags,
  };
}

/** What is left under an old name lets in and grants no more than the documents it was written for. */
function tooMuchLeft(
  ground: Ground,
  seen: Seen,
  { former, inForce }: { readonly former: readonly Written[]; readonly inForce: Written },
  { targets }: Reading,
): readonly string[] {
  const now = ground.sandbox.clock.now();
  const all = [...former, inForce];
  const what = new Set(all.flatMap((each) => [...grantsOf(each, outputs, targets)]));
  return seen.roles
    .filter(({ name }) => name !== namesOf(inForce).role)
    .flatMap((role) => {
      const under = all.filter((each) => namesOf(each).role === role.name);
      const who = new Set(under.flatMap((each) => namedBy(each, now)));
      return [
        ...role.who.filter((caller) => !who.has(caller)),
        ...[...role.what].filter((each) => !what.has(each)),
      ].map((more) => `${role.name}, which is left, has more: ${more}`);
    });
}

/** Where status and record do not say what is in force. */
function untrue(
  { status, record, outputs: parameter }: Kept,
  { inForce, settled }: Expected,
  version: number,
): readonly string[] {
  const readable = inForce?.policy?.readOutputs === true;
  const should = {
    outputs: readable,
    // What is approved and not written, as in observe, goes on being the version that was held.
    ...(settled
      ? { held: [null, null], applied: version, record: { begun: null, applied: version } }
      : {}),
  };
  const begun = record?.["begun"];
  const applied = record?.["applied"];
  const isVersion = typeof applied === "object" && applied !== null && "version" in applied;
  return differences(should, {
    outputs: parameter !== null,
    ...(settled
      ? {
          held: [status?.["heldVersion"], status?.["heldDigest"]],
          applied: status?.["appliedVersion"],
          record: { begun, applied: isVersion ? applied.version : null },
        }
      : {}),
  });
}
