/**
 * What is said about a field of the document, for an error, for an editor and for the reference page:
 * `noted` puts notes (`notes.ts`) on a schema, and `text` and the like make fields whose text keeps
 * a rule (`text-rule.ts`). The fields themselves are in the rooms `document` and `targets`.
 *
 * Imports no other room.
 */

import * as z from "zod/mini";
import type { FieldNotes, NotesRegistry } from "./notes.ts";
import { mistakeIn, type TextRule } from "./text-rule.ts";

/** What is known of each field beside its type. */
export const fieldNotes: NotesRegistry = z.registry<FieldNotes, z.core.$ZodType>();

/** Puts notes on a schema. */
export function noted<T extends z.core.$ZodType>(schema: T, notes: FieldNotes): T {
  fieldNotes.add(schema, notes);
  return schema;
}

/** A text under one rule; the first mistake is the only finding. */
export function text(rule: TextRule, notes: Omit<FieldNotes, "allowed">) {
  const schema = z.string().check((context) => {
    const mistake = mistakeIn(rule, context.value);
    if (mistake === null) return;
    context.issues.push({
      code: "custom",
      input: context.value,
      message: mistake,
      continue: false,
    });
  });
  const { allowed, lengthMax, lengthMin = 1 } = rule;
  // Not every reader of JSON Schema knows \p{…}; those few rules are left to the parser.
  const pattern = rule.pattern.unicode ? {} : { pattern: rule.pattern.source };
  return noted(schema, { ...notes, ...pattern, allowed, lengthMax, lengthMin });
}

/** A list in which the same value written twice counts once: it can mean nothing else. */
export function distinctList<T extends z.core.$ZodType<string, string>>(
  item: T,
  notes: Omit<FieldNotes, "pattern">,
  atMost?: number,
) {
  const list = z.array(item).check(z.overwrite((values) => [...new Set(values)]));
  return noted(atMost === undefined ? list : list.check(z.maxLength(atMost)), notes);
}
