import type { DocumentDraft } from "../../../shared/document/draft.ts";
import {
  type EnvironmentDocument,
  parseEnvironment,
  type SpecProblem,
  underInstallation,
} from "../../../shared/document/index.ts";
import { writtenDocument } from "../../../shared/document/written.ts";
import type { TakenRole } from "../../../shared/runs/takeover.ts";
import type { FunctionSettings } from "../../../shared/settings.ts";
import { CommandError } from "../../command-error.ts";
import { type Given, optionAt } from "./flags.ts";

/** What is known of a document so far; null is what is still missing. */
export type Sketch = {
  readonly organizationId: string | null;
  readonly audiences: readonly string[];
  readonly projects: DocumentDraft["trust"]["projects"] | null;
  readonly role: NonNullable<DocumentDraft["role"]>;
  readonly policy: NonNullable<DocumentDraft["policy"]>;
  readonly deploy: DocumentDraft["deploy"];
};

/** What a document names its role and its policy where nobody says it. */
type UsualNames = { readonly role?: string; readonly policy?: string };

/**
 * The names that a new environment gets by itself: the defaults, unless another environment has them.
 *
 * @param others the documents of the other environments
 */
export function usualNames(name: string, others: readonly EnvironmentDocument[]): UsualNames {
  const apart = (field: "role" | "policy", usual: string) => {
    const isTaken = others.some((other) => other[field].name.toLowerCase() === usual.toLowerCase());
    return isTaken ? { [field]: `${usual}-${name}`.slice(0, 64) } : {};
  };
  return { ...apart("role", usualRole), ...apart("policy", usualPolicy) };
}

/** What the options say, over what a role has: projects replace its own, targets are added to them. */
export function sketchOf(given: Given, taken: TakenRole | null, usual: UsualNames): Sketch {
  const draft = taken?.draft ?? null;
  const named = (name: string | null | undefined) => (name == null ? {} : { name });
  const deploy = { ...draft?.deploy };
  for (const [field, entries] of Object.entries(given.targets)) {
    deploy[field] = [...listIn(deploy, field), ...entries];
  }
  const role = { ...named(usual.role), ...draft?.role, ...named(given.role) };
  return {
    organizationId: given.organizationId ?? draft?.trust.organizationId ?? null,
    audiences: draft?.trust.audiences ?? [],
    projects: given.projects ?? draft?.trust.projects ?? null,
    role,
    policy: { ...named(usual.policy), ...policyOf(taken, role.name), ...named(given.policy) },
    deploy,
  };
}

/** The policy that the role has, or one that is named after it: the usual name may be somebody else's. */
function policyOf(taken: TakenRole | null, role: string | undefined): Sketch["policy"] {
  if (taken === null) return {};
  const { policy } = taken.draft;
  const isUsual = role === undefined || role === usualRole;
  return policy.name !== undefined || isUsual
    ? policy
    : { ...policy, name: `${role}-Deployment-Policy` };
}

/** The guide's names, the defaults of a document. */
const usualRole = "CircleCI-OIDC-Role";
const usualPolicy = "CircleCI-Deployment-Policy";

function listIn(deploy: DocumentDraft["deploy"], field: string): readonly unknown[] {
  const list = deploy[field];
  return Array.isArray(list) ? list : [];
}

/** A sketch in which nothing is missing. */
export type WholeSketch = Sketch & {
  readonly organizationId: string;
  readonly projects: NonNullable<Sketch["projects"]>;
};

/** A document that can be written, as text and as a run would read it. */
export type Made = {
  readonly text: string;
  readonly document: EnvironmentDocument;
};

type Where = {
  readonly settings: FunctionSettings;
  /** Lines of the comment at the top. */
  readonly head: readonly string[];
};

/**
 * Writes the document as a person would, and reads it back as a run will.
 *
 * @throws CommandError where a value is not one that a document takes, with the option that it came by
 */
export function makeDocument(sketch: WholeSketch, where: Where): Made {
  const { settings, head } = where;
  const { organizationId, audiences, projects, role, policy, deploy } = sketch;
  const draft: DocumentDraft = {
    circleci: { organizationId, audiences },
    trust: { projects },
    role,
    policy,
    deploy,
  };
  const read = parsedBy(JSON.stringify(draft), settings);
  const text = writtenDocument(read, { head, region: settings.region });
  const document = parsedBy(text, settings);
  const source = { ...asFile, installation: settings.installation };
  const allowed = underInstallation({ kind: "valid", document }, source);
  if (allowed.kind === "invalid") throw refused(allowed.problems[0]);
  return { text, document: allowed.document };
}

/** No parameter has it yet. */
const asFile = { parameter: "The document", version: 0 } as const;

function parsedBy(text: string, { region }: FunctionSettings): EnvironmentDocument {
  const reading = parseEnvironment({ ...asFile, text, region });
  if (reading.kind === "invalid") throw refused(reading.problems[0]);
  return reading.document;
}

/**
 * Checks one part of a document alone.
 *
 * @throws CommandError with what the parser says of it
 */
export function check(
  part: Partial<Pick<WholeSketch, "organizationId" | "projects" | "deploy">>,
): void {
  const { organizationId = "00000000-0000-4000-8000-000000000000", projects = "all" } = part;
  const draft = { circleci: { organizationId }, trust: { projects }, deploy: part.deploy ?? {} };
  const reading = parseEnvironment({ ...asFile, text: JSON.stringify(draft), region: "us-east-1" });
  if (reading.kind === "valid") return;
  const [problem] = reading.problems;
  throw new CommandError(saysAlone(problem), { code: problem.code, where: problem.path });
}

/** The sentence of the parser, with the option that the value came by. */
function refused(problem: SpecProblem): CommandError {
  const { code, path, message } = problem;
  const option = optionAt(path);
  const says = option === null ? message : `${option}: ${saysAlone(problem)}`;
  return new CommandError(says, { code, where: path });
}

/** The parser's sentence without the place, where it is known what it is about. */
function saysAlone({ path, message }: SpecProblem): string {
  return path === "" ? message : message.slice(`${asFile.parameter}, at ${path}: `.length);
}
