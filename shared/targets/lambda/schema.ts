import * as z from "zod/mini";
import { distinctList, text } from "../../schema/fields.ts";
import type { TextRule } from "../../schema/text-rule.ts";

/** Lambda, FunctionName: a name alone has at most 64 characters. */
const functionRule: TextRule = {
  pattern: /^[A-Za-z0-9_-]{1,64}$/,
  lengthMax: 64,
  allowed: "the name of a Lambda function, 1 to 64 of A-Z a-z 0-9 - _",
  mistakes: [
    {
      when: (text) => text.startsWith("arn:"),
      says: "is an ARN; write the function's name alone",
    },
    {
      when: (text) => text.includes(":"),
      says: "has a version or an alias; write the function's name alone",
    },
    {
      // The boundary of stack/boundary.yml denies the same.
      when: (text) => text.startsWith("oidc-reconciler-"),
      says: "is a function of the reconciler; anyone who can change its code can change every deploy role",
    },
  ],
};

const list = distinctList(
  text(functionRule, { about: "Name of a Lambda function.", example: "demo-worker" }),
  {
    about: "Lambda functions whose code, versions and aliases jobs may update.",
    allowed: "a list of names of Lambda functions",
    example: "[demo-worker]",
  },
);

/** The functions of a document, by name. */
export const functions: z.ZodMiniType<readonly string[]> = z._default(list, []);
