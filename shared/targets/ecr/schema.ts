import * as z from "zod/mini";
import { noted, text } from "../../schema/fields.ts";
import type { TextRule } from "../../schema/text-rule.ts";
import { isPlain, listedTwice, mayList, onceEach, wordsBelong } from "../entries.ts";

/** What jobs may do to a repository; the first word is what a name alone means. */
export const repositoryMay = ["push", "read-images"] as const;
export type RepositoryMay = (typeof repositoryMay)[number];

/** An ECR repository and what jobs may do to it. */
export type RepositoryTarget = {
  readonly repository: string;
  readonly may: readonly RepositoryMay[];
};

/** ECR, repositoryName: 2 to 256 characters. */
const repositoryRule: TextRule = {
  pattern: /^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*$/,
  lengthMin: 2,
  lengthMax: 256,
  allowed: "the name of an ECR repository, 2 to 256 of a-z 0-9 with . _ - / between them",
  mistakes: [
    {
      when: (text) => /^[0-9]{12}\.dkr\.ecr\./.test(text) || text.startsWith("arn:"),
      says: "is an address or an ARN; write the repository's name alone",
    },
    { when: (text) => /[A-Z]/.test(text), says: "holds a capital letter, which ECR does not take" },
  ],
};

const name = text(repositoryRule, {
  about: "Name of an ECR repository.",
  example: "demo-backend",
});

const entrySchema = noted(
  z.union([
    name,
    z.strictObject({
      repository: name,
      may: z._default(
        mayList(repositoryMay, {
          about:
            "`push`: what a name alone grants; `read-images`: `ecr:DescribeImages` and `ecr:ListImages` on the repository.",
          example: "[push, read-images]",
        }),
        ["push"],
      ),
    }),
  ]),
  {
    about: "A repository by its name, or with what jobs may do to it.",
    allowed: `${repositoryRule.allowed}, or a mapping with repository and, optionally, may`,
    example: "demo-backend",
  },
);

const list = noted(z.array(entrySchema), {
  about: "Repositories that jobs may push to.",
  allowed: "a list of names of ECR repositories, or of mappings with repository and may",
  example: "[demo-backend]",
}).check((context) => {
  const read = context.value.map((entry) =>
    typeof entry === "string"
      ? { name: entry, meaning: repositoryMay[0], at: [] }
      : { name: entry.repository, meaning: entry.may.join(), at: ["repository"] },
  );
  context.issues.push(...listedTwice(read, wordsBelong));
});

/** The repositories of a document. */
export const repositories: z.ZodMiniType<readonly RepositoryTarget[]> = z.pipe(
  z._default(list, []),
  z.transform((entries) => onceEach(entries.map(target), ({ repository }) => repository)),
);

function target(entry: z.output<typeof entrySchema>): RepositoryTarget {
  return typeof entry === "string" ? { repository: entry, may: [repositoryMay[0]] } : entry;
}

/** The entries as the schema reads them again. */
export function repositoriesWritten(entries: readonly RepositoryTarget[]): readonly unknown[] {
  return entries.map((entry) => (isPlain(repositoryMay, entry.may) ? entry.repository : entry));
}
