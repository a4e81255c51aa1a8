import type { Members } from "../input/members.ts";
import { refused } from "../input/refusal.ts";
import { labelsOn, newestOf, type Parameter, type Parameters } from "./parameter.ts";
import { existing, noSuchVersion } from "./read.ts";

const labelsMax = 10;

const labelRule = { min: 1, max: 10, each: { min: 1, max: 100 } } as const;

/**
 * LabelParameterVersion: moves the labels from any other version to this one, or to the newest
 * without a version. An invalid label is not an error: the answer has it in `InvalidLabels`.
 * Source: Systems Manager API reference, LabelParameterVersion.
 */
export function labelVersion(
  parameters: Parameters,
  members: Members,
): {
  readonly parameter: Parameter;
  readonly labelled: readonly string[];
  readonly answer: object;
} {
  const parameter = existing(parameters, members.text("Name", { min: 1 }));
  const version = members.optionalCount("ParameterVersion") ?? newestOf(parameter).version;
  const asked = [...new Set(members.texts("Labels", labelRule))];
  if (!parameter.versions.some((kept) => kept.version === version)) {
    throw noSuchVersion(parameter.name, version);
  }
  const labelled = asked.filter(isLabel);
  const there = new Set([...labelsOn(parameter, version), ...labelled]);
  if (there.size > labelsMax) {
    throw refused(
      "ParameterVersionLabelLimitExceeded",
      `A parameter version can have maximum ${labelsMax} labels. Move one or more labels to another version and try again.`,
    );
  }
  const moved = labelled.map((label) => [label, version] as const);
  const after = { ...parameter, labels: new Map([...parameter.labels, ...moved]) };
  parameters.set(parameter.name, after);
  const invalid = asked.filter((label) => !isLabel(label));
  return {
    parameter: after,
    labelled,
    answer: { InvalidLabels: invalid, ParameterVersion: version },
  };
}

/** UnlabelParameterVersion: the answer has labels of other versions in `InvalidLabels`. */
export function unlabelVersion(parameters: Parameters, members: Members): object {
  const parameter = existing(parameters, members.text("Name", { min: 1 }));
  const version = members.count("ParameterVersion");
  const asked = [...new Set(members.texts("Labels", labelRule))];
  if (!parameter.versions.some((kept) => kept.version === version)) {
    throw noSuchVersion(parameter.name, version);
  }
  const removed = asked.filter((label) => parameter.labels.get(label) === version);
  const labels = new Map([...parameter.labels].filter(([label]) => !removed.includes(label)));
  parameters.set(parameter.name, { ...parameter, labels });
  return {
    RemovedLabels: removed,
    InvalidLabels: asked.filter((label) => !removed.includes(label)),
  };
}

function isLabel(text: string): boolean {
  return /^[A-Za-z0-9._-]+$/.test(text) && !/^(?:\d|aws|ssm)/i.test(text);
}
