/** Where variables are kept: a project by its slug, or a context by its id. */
export type VariableTarget =
  | { readonly kind: "project"; readonly id: string }
  | { readonly kind: "context"; readonly id: string };

type Named<Value> =
  | { readonly kind: "named"; readonly value: Value }
  | { readonly kind: "refused"; readonly message: string };

const part = /^(?!\.{1,2}$)[A-Za-z0-9_.~-]+$/;
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Is it an id as CircleCI gives projects and contexts? */
export function isUuid(text: string): boolean {
  return uuid.test(text);
}

/** A project's slug as people give it; three names, none of which leads elsewhere in an address. */
export function projectSlug(text: string): Named<string> {
  const parts = text.split("/");
  if (parts.length === 3 && parts.every((each) => part.test(each))) {
    return { kind: "named", value: text };
  }
  const message =
    "--project takes the slug of a CircleCI project: gh/ORGANISATION/REPOSITORY, bb/…, or circleci/…/… as Project Settings, Overview shows it";
  return { kind: "refused", message };
}

/** A context's id as people give it. */
export function contextId(text: string): Named<string> {
  if (isUuid(text)) return { kind: "named", value: text.toLowerCase() };
  const message =
    "--context takes the id of a CircleCI context, such as 12345678-90ab-4cde-8f01-234567890abc: it ends the address of the context's page in Organization Settings, Contexts";
  return { kind: "refused", message };
}

/** The one place that options name. */
export function variableTarget(
  project: string | null,
  context: string | null,
): Named<VariableTarget> {
  if ((project === null) === (context === null)) {
    const how = project === null ? "Say where the variables go" : "The variables go to one place";
    const message = `${how}: --project SLUG for a project, or --context ID for a context`;
    return { kind: "refused", message };
  }
  const kind = project === null ? "context" : "project";
  const named = project === null ? contextId(context ?? "") : projectSlug(project);
  return named.kind === "refused" ? named : { kind: "named", value: { kind, id: named.value } };
}
