import * as z from "zod/mini";
import { dnsSuffixOf } from "../../aws/account.ts";
import { type Fields, fieldsAt, textAt } from "../../aws/event-fields.ts";
import type { TargetKind, TouchedTarget } from "../kind.ts";
import { collect } from "../missing.ts";
import { onePart } from "../policy-part.ts";
import { type FoundRepositories, namedRepository, resolveRepository } from "./resolve.ts";
import {
  type RepositoryTarget,
  repositories,
  repositoriesWritten,
  repositoryMay,
} from "./schema.ts";
import { type ResolvedRepository, repositoryStatements } from "./statements.ts";

/** Repositories of ECR, to which jobs push images. */
export const ecr: TargetKind<
  RepositoryTarget,
  readonly string[],
  FoundRepositories,
  ResolvedRepository
> = {
  noun: "ECR repository",
  schema: repositories,
  written: repositoriesWritten,
  pieces: ({ repository, may }) =>
    may.map((word) => ({
      entry: { repository, may: [word] },
      target: repository,
      says: word,
    })),
  regions: null,
  memory: z.object({
    repository: z.string(),
    arn: z.string(),
    // The release before `may` kept none of the words.
    may: z._default(z.array(z.enum(repositoryMay)), ["push"]),
  }),
  writtenWhenEmpty: true,
  ask: (documents) => [
    ...new Set(documents.flatMap(({ entries }) => entries.map(({ repository }) => repository))),
  ],
  unseen: (reading) => reading,
  resolve: (entries, found, memory) => ({
    ...collect(entries.map((entry) => resolveRepository(entry, found, memory))),
    granted: [],
  }),
  named: (entries, found, unknown) =>
    entries.map((entry) => namedRepository(entry, found, unknown)),
  statements: repositoryStatements,
  parts: (targets) => onePart(targets.length, repositoryStatements(targets)),
  outputs: (entries, _, { account, region }) => {
    if (entries.length === 0) return [];
    const registry = `${account.id}.dkr.ecr.${region}.${dnsSuffixOf(account.partition)}`;
    return [{ variable: "AWS_ECR_REGISTRY", values: [["registry", registry]] }];
  },
  events: {
    service: "ecr",
    calls: ["CreateRepository", "DeleteRepository"],
    // ECR's own events report images, which change no target.
    detailTypes: [],
    ofCall: repositoryOfCall,
    ofEvent: () => null,
    says: ({ repository }) => `ECR repository ${repository}`,
    names: (touched, { entries }) =>
      entries.some(({ repository }) => repository === touched["repository"]),
  },
};

/** Source: the request and response members of the ECR API reference, with a small first letter. */
function repositoryOfCall(record: Fields): TouchedTarget | null {
  const made = fieldsAt(fieldsAt(record, "responseElements"), "repository");
  const repository =
    textAt(fieldsAt(record, "requestParameters"), "repositoryName") ??
    textAt(made, "repositoryName");
  return repository === null ? null : { service: "ecr", repository };
}
