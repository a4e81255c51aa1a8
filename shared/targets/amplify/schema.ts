import * as z from "zod/mini";
import { distinctList, noted, text } from "../../schema/fields.ts";
import { beyondLatin1, type TextRule } from "../../schema/text-rule.ts";
import { isPlain, listedTwice, mayList } from "../entries.ts";
import type { Piece } from "../kind.ts";

/** What jobs may do to an app; the first word is what a name alone means. */
export const appMay = ["release", "upload"] as const;
export type AppMay = (typeof appMay)[number];

/** An Amplify app, its branches (empty: every branch) and what jobs may do to them. */
export type AmplifyTarget = {
  readonly app: string;
  readonly branches: readonly string[];
  readonly may: readonly AppMay[];
};

/** Amplify, Name and AppId: the name never reaches a policy, so nearly anything goes. */
const appRule: TextRule = {
  pattern: /^[^\p{C}]{1,255}$/u,
  lengthMax: 255,
  allowed: "the name or the id of an Amplify app, 1 to 255 characters",
  mistakes: [
    { when: (text) => text.startsWith("arn:"), says: "is an ARN; write the app's name or id" },
  ],
};

/** Amplify, BranchName: any character, but IAM takes no more than Latin-1 in a policy. */
const branchRule: TextRule = {
  pattern: /^[ -~\u00a1-\u00ff]{1,255}$/,
  lengthMax: 255,
  allowed: "the name of a branch, 1 to 255 characters of Latin-1, without refs/heads/",
  mistakes: [
    beyondLatin1,
    {
      when: (text) => text.startsWith("refs/heads/"),
      says: "begins with refs/heads/; Amplify knows a branch by its short name",
    },
  ],
};

const name = text(appRule, {
  about: "Name or id of the Amplify app.",
  example: "demo-frontend",
});

const entrySchema = noted(
  z.union([
    name,
    z.strictObject({
      app: name,
      branches: z._default(
        distinctList(text(branchRule, { about: "Name of a branch, literally.", example: "main" }), {
          about: "Branches that jobs may deploy; none: every branch of the app.",
          allowed: "a list of branch names",
          example: "[main]",
        }),
        [],
      ),
      may: z._default(
        mayList(appMay, {
          about:
            "`release`: what a name alone grants (an upload in place of `amplify:StartJob` if the app has no repository); `upload`: `amplify:CreateDeployment` and `amplify:StartDeployment` on the branch.",
          example: "[release]",
        }),
        ["release"],
      ),
    }),
  ]),
  {
    about: "An Amplify app by its name or id, or with its branches and what jobs may do to them.",
    allowed: `${appRule.allowed}, or a mapping with app and, optionally, branches and may`,
    example: "{ app: demo-frontend, branches: [main] }",
  },
);

const list = noted(z.array(entrySchema), {
  about: "Amplify apps that jobs may deploy.",
  allowed: "a list of names or ids, or of mappings with app, branches and may, each app once",
}).check((context) => {
  const read = context.value.map((entry) =>
    typeof entry === "string"
      ? { name: entry, meaning: null, at: [] }
      : { name: entry.app, meaning: null, at: ["app"] },
  );
  context.issues.push(...listedTwice(read, "its branches and its words belong into one entry"));
});

/** The Amplify apps of a document. */
export const apps: z.ZodMiniType<readonly AmplifyTarget[]> = z.pipe(
  z._default(list, []),
  z.transform((entries) => entries.map(target)),
);

function target(entry: z.output<typeof entrySchema>): AmplifyTarget {
  return typeof entry === "string" ? { app: entry, branches: [], may: [appMay[0]] } : entry;
}

/** An entry for each branch and word. */
export function appPieces({ app, branches, may }: AmplifyTarget): readonly Piece<AmplifyTarget>[] {
  const each = branches.length === 0 ? [[]] : branches.map((branch) => [branch]);
  return may.flatMap((word) =>
    each.map((branch) => ({
      entry: { app, branches: branch, may: [word] },
      target: app,
      says: `${word} of ${branch[0] ?? "every branch"}`,
    })),
  );
}

/** The entries as the schema reads them again. */
export function appsWritten(entries: readonly AmplifyTarget[]): readonly unknown[] {
  return entries.map(({ may, ...entry }) => (isPlain(appMay, may) ? entry : { ...entry, may }));
}
