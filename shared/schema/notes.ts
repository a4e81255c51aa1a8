import {
  $ZodArray,
  $ZodDefault,
  $ZodObject,
  $ZodOptional,
  $ZodPipe,
  $ZodPrefault,
  $ZodRecord,
  type $ZodRegistry,
  type $ZodType,
  $ZodUnion,
} from "zod/v4/core";

/**
 * What people read about a field: in an error, in the JSON Schema of their editor and in the
 * reference page. Kept beside the schema, so that the three cannot differ.
 */
export type FieldNotes = {
  /** One sentence on what the field is for. */
  readonly about: string;
  /** Finishes "allowed: …". */
  readonly allowed: string;
  readonly example?: string;
  /** For the JSON Schema, where a rule is more than zod's own checks. */
  readonly pattern?: string;
  readonly lengthMax?: number;
  readonly lengthMin?: number;
  /** For the reference, where the default is not one value. */
  readonly defaultText?: string;
};

type Schema = $ZodType;

export type NotesRegistry = $ZodRegistry<FieldNotes, Schema>;

/** The members of a mapping by name, without what wraps the mapping; null for any other schema. */
export function membersOf(schema: Schema): ReadonlyMap<string, Schema> | null {
  const bare = unwrapped(schema);
  return bare instanceof $ZodObject ? new Map(Object.entries(bare._zod.def.shape)) : null;
}

/** The schema of a list's items; null for any other schema. */
export function itemOf(schema: Schema): Schema | null {
  const bare = unwrapped(schema);
  return bare instanceof $ZodArray ? bare._zod.def.element : null;
}

/** A schema without optional, default and pipe around it. */
export function unwrapped(schema: Schema): Schema {
  if (schema instanceof $ZodPipe) return unwrapped(schema._zod.def.in);
  if (schema instanceof $ZodDefault) return unwrapped(schema._zod.def.innerType);
  if (schema instanceof $ZodPrefault) return unwrapped(schema._zod.def.innerType);
  if (schema instanceof $ZodOptional) return unwrapped(schema._zod.def.innerType);
  return schema;
}

/** The notes on a schema or on what it wraps. */
export function notesOn(registry: NotesRegistry, schema: Schema): FieldNotes | null {
  return registry.get(schema) ?? registry.get(unwrapped(schema)) ?? null;
}

/**
 * The notes on the field that a path leads to, or on the last field on the way that has any.
 * Steps are compared with the schema's own names only, so a path from hostile input is harmless.
 */
export function notesAt(
  registry: NotesRegistry,
  schema: Schema,
  path: readonly PropertyKey[],
): FieldNotes | null {
  let found = notesOn(registry, schema);
  let here: readonly Schema[] = [schema];
  for (const step of path) {
    here = here.flatMap((each) => stepInto(each, step));
    for (const each of here) found = notesOn(registry, each) ?? found;
  }
  return found;
}

function stepInto(schema: Schema, step: PropertyKey): readonly Schema[] {
  const bare = unwrapped(schema);
  if (bare instanceof $ZodUnion) {
    return bare._zod.def.options.flatMap((option) => stepInto(option, step));
  }
  if (bare instanceof $ZodRecord) return [bare._zod.def.valueType];
  const next = typeof step === "number" ? itemOf(bare) : membersOf(bare)?.get(String(step));
  return next == null ? [] : [next];
}
