import {
  type EnvironmentDocument,
  type EnvironmentReading,
  parseEnvironment,
  type SpecProblem,
} from "../../shared/document/index.ts";

export const organizationId = "11111111-2222-4333-8444-555555555555";
export const projectId = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee";
export const parameter = "/oidc-reconciler/environments/production";

export function read(text: string, region = "us-east-1"): EnvironmentReading {
  return parseEnvironment({ parameter, version: 4, text, region });
}

/** The document of a text that must be valid. */
export function valid(text: string, region?: string): EnvironmentDocument {
  const reading = read(text, region);
  if (reading.kind === "invalid") throw new Error(reading.problems[0].message);
  return reading.document;
}

/** The problems of a text that must not be valid. */
export function problems(text: string, region?: string): readonly SpecProblem[] {
  const reading = read(text, region);
  return reading.kind === "invalid" ? reading.problems : [];
}

type Fields = Readonly<Record<string, unknown>>;

/** A document in JSON: the least there is, with fields put over it. */
export function documentText(fields: Fields = {}): string {
  return JSON.stringify({
    circleci: { organizationId },
    trust: { projects: "all" },
    deploy: {},
    ...fields,
  });
}

/** The least document with one project entry. */
export function withProject(entry: unknown): string {
  return documentText({ trust: { projects: [entry] } });
}
