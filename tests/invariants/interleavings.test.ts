import { UpdateAssumeRolePolicyCommand } from "@aws-sdk/client-iam";
import { GetParameterCommand } from "@aws-sdk/client-ssm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { accessIn, operationsOn } from "../scenarios/access.ts";
import {
  guide,
  guideFor,
  guideWith,
  roleName,
  shopMain,
  shopMainAndDev,
  wiki,
} from "../scenarios/documents.ts";
import { openScenario, prefix, type Scenario, schedule } from "../scenarios/harness.ts";
import { withoutVersions } from "../scenarios/state.ts";
import { wipe } from "../scenarios/wipe.ts";
import { openGate } from "./gate.ts";
import { anybody } from "./policies.ts";

const gate = openGate();
let account: Scenario;
beforeAll(async () => {
  account = await openScenario({ before: gate.before });
});
afterAll(() => account.close());

type Interleaving = {
  readonly what: string;
  /** What there is before the first run begins, which has something to write. */
  readonly given: () => Promise<unknown>;
  /** What happens while that run is stopped before one of its writes. */
  readonly meanwhile: (invoke: () => Promise<unknown>) => Promise<unknown>;
  /** Does a person open a door? Then it is to be reported as his. */
  readonly opens?: true;
  /** Does the environment end meanwhile? The first run then says that it could not go on. */
  readonly removes?: true;
  /** Does no run see it meanwhile? Then it is for the next one. */
  readonly unseen?: true;
};

const role = { RoleName: roleName };

async function inForce(document = guide): Promise<void> {
  await account.put(document);
  await account.run();
}

async function approved(document: ReturnType<typeof guideFor>): Promise<void> {
  const version = await account.put(document);
  await account.run();
  await account.approve(version);
}

const interleavings: readonly Interleaving[] = [
  {
    what: "an approved edit, and an emergency edit that takes it back",
    given: async () => {
      await inForce();
      await approved(guideFor(shopMainAndDev));
    },
    meanwhile: async (invoke) => {
      await account.put(guideFor(shopMain));
      await invoke();
    },
  },
  {
    what: "an edit that narrows, and an approved one after it",
    given: async () => {
      await inForce(guideFor(shopMainAndDev, { id: wiki }));
      await account.put(guideFor(shopMainAndDev));
    },
    meanwhile: async (invoke) => {
      const version = await account.put(guideFor(shopMainAndDev, { id: wiki }));
      await invoke();
      await account.approve(version);
      await invoke();
    },
  },
  {
    what: "the same approved edit in two runs",
    given: async () => {
      await inForce();
      await approved(guideFor(shopMainAndDev));
    },
    meanwhile: (invoke) => invoke(),
  },
  {
    what: "the same first document in two runs",
    given: () => account.put(guide),
    meanwhile: (invoke) => invoke(),
  },
  {
    what: "the same drift in two runs",
    given: async () => {
      await inForce();
      await account.iam.send(
        new UpdateAssumeRolePolicyCommand({ ...role, PolicyDocument: anybody }),
      );
    },
    meanwhile: (invoke) => invoke(),
    opens: true,
  },
  {
    what: "an approved edit, and a document that is removed",
    given: async () => {
      await inForce(guideWith({ onRemove: "delete" }));
      await approved(guideWith({ onRemove: "delete", trust: { projects: [shopMainAndDev] } }));
    },
    meanwhile: async (invoke) => {
      await account.remove();
      await invoke();
    },
    removes: true,
  },
  {
    what: "an approved edit, and an edit that nobody has run",
    given: async () => {
      await inForce();
      await approved(guideFor(shopMainAndDev));
    },
    meanwhile: () => account.put(guideFor(shopMain)),
    unseen: true,
  },
  {
    what: "an approved edit, and a person who opens the trust policy",
    given: async () => {
      await inForce();
      await approved(guideFor(shopMainAndDev));
    },
    meanwhile: () =>
      account.iam.send(new UpdateAssumeRolePolicyCommand({ ...role, PolicyDocument: anybody })),
    opens: true,
    unseen: true,
  },
];

async function recordSerial(): Promise<number> {
  try {
    const Name = `${prefix}/applied/production`;
    const { Parameter } = await account.ssm.send(new GetParameterCommand({ Name }));
    const record: { readonly serial?: number } = JSON.parse(Parameter?.Value ?? "{}");
    return record.serial ?? 0;
  } catch {
    return 0;
  }
}

async function access(): Promise<ReadonlySet<string>> {
  const { serviceArn, appId } = account.targets;
  const job = `arn:aws:amplify:us-east-1:123456789012:apps/${appId}/branches/main/jobs/1`;
  return accessIn(await account.state(), operationsOn([serviceArn, job]));
}

/** One run after the other, for as long as they write; what they make of it is what is desired. */
async function desiredAfter(): Promise<unknown> {
  for (let nth = 0; nth < 4; nth += 1) {
    const run = await account.run();
    if ([...run.iamWrites, ...run.parameterWrites].join() === "/heartbeat") break;
  }
  return withoutVersions(await account.state());
}

/** Plays the two one after the other: how many writes the first makes, and what they end in. */
async function inOrder({ given, meanwhile }: Interleaving) {
  await wipe(account);
  await given();
  const { calls } = await account.run();
  const writes = calls.filter(({ mutating }) => mutating).length;
  await meanwhile(() => account.run());
  const end = await desiredAfter();
  return { writes, end, access: await access() };
}

function ownAlerts(first: number): readonly string[] {
  return account.sandbox.messages
    .slice(first)
    .filter(({ attributes }) => attributes.get("severity")?.value === "critical")
    .map(({ message }) => message)
    .filter((message) => /Done by \S*oidc-reconciler-prod-reconcile/.test(message));
}

function criticalKinds(first: number): readonly string[] {
  return account.sandbox.messages
    .slice(first)
    .filter(({ attributes }) => attributes.get("severity")?.value === "critical")
    .map(({ attributes }) => attributes.get("kind")?.value ?? "");
}

describe("two that write at once end in what the newest approved document says, with", () => {
  test.each(interleavings)("$what", { timeout: 300_000 }, async (interleaving) => {
    const normal = await inOrder(interleaving);
    for (let nth = 1; nth <= normal.writes; nth += 1) {
      await wipe(account);
      await interleaving.given();
      const before = await access();
      const firstMessage = account.sandbox.messages.length;
      const where = await account.beside(async (invoke) => {
        const held = gate.hold(nth);
        const first = invoke(schedule);
        const operation = await Promise.race([held.reached, first.then(() => "nothing")]);
        await interleaving.meanwhile(() => invoke({ environments: ["production"] }));
        const serial = await recordSerial();
        held.release();
        await first;
        const at = `write ${nth} of ${normal.writes}, ${operation}`;
        expect
          .soft(await recordSerial(), `the record went back at ${at}`)
          .toBeGreaterThanOrEqual(serial);
        return at;
      });
      if (interleaving.unseen === true) await account.run();
      const now = await access();
      const more = [...now].filter((line) => !normal.access.has(line) && !before.has(line));
      expect.soft(more, `opened with the first run held at ${where}`).toEqual([]);
      expect.soft(await desiredAfter(), `in the end, held at ${where}`).toEqual(normal.end);
      expect.soft(ownAlerts(firstMessage), `our own, held at ${where}`).toEqual([]);
      if (interleaving.opens !== true) {
        const kinds = criticalKinds(firstMessage).filter(
          (kind) => interleaving.removes !== true || kind !== "reconcile-failed",
        );
        expect.soft(kinds, `alerts, held at ${where}`).toEqual([]);
      }
    }
  });
});
