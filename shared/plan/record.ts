import * as z from "zod/mini";
import {
  type EnvironmentDocument,
  type Mode,
  understoodDocument,
  understoodText,
} from "../document/index.ts";
import { type ResolvedTargets, remembered, resolvedTargetsSchema } from "../targets/index.ts";
import { digestOf } from "./digest.ts";
import { packedRecord, unpackedRecord } from "./record-packing.ts";
import { countSchema } from "./status.ts";

/** One version of a document as the reconciler keeps it: nobody can push it out by editing. */
export type ValidVersion = {
  readonly version: number;
  /** SHA-256 of the text, in hex. */
  readonly digest: string;
  /** When Parameter Store says that this version was put; `null` where it did not say. */
  readonly modifiedAt: string | null;
  readonly text: string;
  /** The document as it was understood then, every default filled in. */
  readonly document: EnvironmentDocument;
};

/** Every name that was written for an environment and not yet removed. */
export type WrittenNames = {
  readonly roles: readonly string[];
  readonly policies: readonly string[];
  readonly organizations: readonly string[];
};

/** A document that one of our own writes replaced, so that a stale read is not taken for an attack. */
export type Replaced = { readonly document: string; readonly at: string };

/** The same correction, made again and again: what was found, and when it was corrected. */
export type Quarrel = {
  readonly resource: string;
  /** SHA-256 of what was found. */
  readonly found: string;
  /** Of what was taken off by its ARN: SHA-256 of what it opened, for its text may grow between rounds. */
  readonly opened?: string | undefined;
  readonly actor: string | null;
  /** ISO instants, oldest first. */
  readonly at: readonly string[];
};

/** The two halves of what is written for an environment: who gets in, and what they may do then. */
export type WrittenHalf = "trust" | "permissions";

/** By which version each half was written whole last: by the one that has begun, or by one which that has overtaken. */
export type WrittenHalves = { readonly [Half in WrittenHalf]?: "begun" | "earlier" | undefined };

/** The writes that were made last for an environment, each by a short name, and when they ended. */
export type LastWrites = { readonly at: string; readonly made: readonly string[] };

/**
 * The JSON of `PREFIX/applied/NAME`: what is in force, whole. It is the baseline of every
 * comparison and the source of every guard, and only the reconciler writes it.
 */
export type AppliedRecord = {
  /** The environment that it is of: another's record, copied here, does not fit. */
  readonly environment: string;
  /** One more with every write: an older record, put back, does not fit the status. */
  readonly serial: number;
  /** The parameter's version that this one follows; left out by release 0.1.0, which did not say. */
  readonly after?: number | undefined;
  /** The last version whose writes were all made; `null` before the first one was. */
  readonly applied: ValidVersion | null;
  /** A version whose writes have begun and not ended. It is what is enforced meanwhile. */
  readonly begun: ValidVersion | null;
  /** Which halves have been written whole since the one applied: what it lets happen there is nobody's any more. */
  readonly written?: WrittenHalves | undefined;
  readonly names: WrittenNames;
  /**
   * Audiences and thumbprints that a provider was rid of, or has lost, while the document was gone: what was in force
   * asks for them no more. The organisation's id is among them where the provider itself was not there, and `emptied`
   * where the removal of the role has begun.
   */
  readonly parted?: readonly string[] | undefined;
  /** Has a version begun since that may ask for them again? */
  readonly back?: true | undefined;
  /**
   * Does a run remove what a document had that is gone? What it has taken off by then is in force no more, should a
   * document be put again before this is known.
   */
  readonly gone?: true | undefined;
  /** Documents that were in force under names of roles or policies that are not yet removed. */
  readonly former: readonly EnvironmentDocument[];
  /** Of the version chosen last, or of one that has begun since, so that a change of mode is reported once. */
  readonly mode: Mode | null;
  /** The mode before, while no run has reported that the version which has begun changes it. */
  readonly modeBefore?: Mode | undefined;
  /** What the targets resolved to last. A remembered value keeps, it never gives. */
  readonly targets: ResolvedTargets | null;
  readonly replaced: { readonly trust: Replaced | null; readonly policy: Replaced | null };
  /** When each policy that only denies was first seen, by its name or ARN. */
  readonly denies: Readonly<Record<string, string>>;
  readonly quarrels: readonly Quarrel[];
  /** What was written last, so that a stale read of it is known again; `null` where it was not kept. */
  readonly last: LastWrites | null;
  /** ARNs of what is still named here, and a person took all our tags off: it is theirs. */
  readonly released: readonly string[];
};

type RecordReading =
  | { readonly kind: "fits"; readonly record: AppliedRecord }
  | { readonly kind: "misfit"; readonly why: string };

const modeSchema = z.enum(["enforce", "observe", "suspend"]);

const versionSchema = z.object({
  version: z.int(),
  digest: z.string(),
  modifiedAt: z.nullable(z.string()),
  text: z.string(),
  /** As the text of a document that leaves nothing to a default. */
  understood: z.string(),
});

const replacedSchema = z.nullable(z.object({ document: z.string(), at: z.string() }));

const writtenSchema = z.optional(z.enum(["begun", "earlier"]));

const schema = z.object({
  environment: z.string(),
  serial: countSchema,
  after: z.optional(z.int()),
  applied: z.nullable(versionSchema),
  begun: z.nullable(versionSchema),
  written: z.optional(z.object({ trust: writtenSchema, permissions: writtenSchema })),
  names: z.object({
    roles: z.array(z.string()),
    policies: z.array(z.string()),
    organizations: z.array(z.string()),
  }),
  parted: z.optional(z.array(z.string())),
  back: z.optional(z.literal(true)),
  gone: z.optional(z.literal(true)),
  /** Each as the text of a document that leaves nothing to a default. */
  former: z.array(z.string()),
  mode: z.nullable(modeSchema),
  modeBefore: z.optional(modeSchema),
  targets: z.nullable(resolvedTargetsSchema),
  replaced: z.object({ trust: replacedSchema, policy: replacedSchema }),
  denies: z.record(z.string(), z.string()),
  quarrels: z.array(
    z.object({
      resource: z.string(),
      found: z.string(),
      opened: z.optional(z.string()),
      actor: z.nullable(z.string()),
      at: z.array(z.string()),
    }),
  ),
  /** Records of earlier releases have neither of these. */
  last: z._default(z.nullable(z.object({ at: z.string(), made: z.array(z.string()) })), null),
  released: z._default(z.array(z.string()), []),
});

/**
 * The record as the text of its parameter, packed where it must be.
 *
 * @returns `null` where it does not fit into a parameter
 */
export function serializeRecord(record: AppliedRecord): string | null {
  return packedRecord(withoutBraces(JSON.stringify(asStored(record))));
}

/** Parameter Store refuses `{{` in a value; in JSON it can only be inside a string. */
function withoutBraces(json: string): string {
  return json.replaceAll("{{", "{\\u007b");
}

function asStored(record: AppliedRecord): unknown {
  const { applied, begun, names, former, targets, quarrels, ...rest } = record;
  const version = (of: ValidVersion | null) => {
    if (of === null) return null;
    const { document, ...known } = of;
    return { ...known, understood: understoodText(document) };
  };
  return {
    ...rest,
    applied: version(applied),
    begun: version(begun),
    names,
    former: former.map(understoodText),
    targets: targets === null ? null : remembered(targets),
    quarrels,
  };
}

/**
 * Reads a record. What is spoilt, another environment's or not in itself true does not fit, and
 * then counts as missing evidence.
 */
export function parseRecord(text: string, environment: string): RecordReading {
  const data = unpackedRecord(text);
  if (data === null) return misfit("it is not a record");
  const parsed = z.safeParse(schema, data);
  if (!parsed.success) return misfit("it has not the form of a record");
  const { applied, begun, former, ...rest } = parsed.data;
  if (rest.environment !== environment) {
    return misfit(`it is the record of environment ${rest.environment}`);
  }
  const versions = { applied: versionOf(applied), begun: versionOf(begun) };
  if (versions.applied === "spoilt" || versions.begun === "spoilt") {
    return misfit("its text and its digest differ, or this release does not take its document");
  }
  return {
    kind: "fits",
    record: {
      ...rest,
      applied: versions.applied,
      begun: versions.begun,
      former: former.flatMap((text) => understoodDocument(text) ?? []),
    },
  };
}

function misfit(why: string): RecordReading {
  return { kind: "misfit", why };
}

function versionOf(stored: z.output<typeof versionSchema> | null): ValidVersion | null | "spoilt" {
  if (stored === null) return null;
  const { understood, ...rest } = stored;
  if (digestOf(rest.text) !== rest.digest) return "spoilt";
  const document = understoodDocument(understood);
  return document === null ? "spoilt" : { ...rest, document };
}
