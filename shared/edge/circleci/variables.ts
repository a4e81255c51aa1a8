import { isRecord } from "../../json.ts";
import { compareWithMask, type MaskComparison, type VariableTarget } from "../../projects/index.ts";
import {
  type CircleciClient,
  type CircleciRequest,
  callCircleci,
  nameOfRequest,
} from "./client.ts";
import { CircleciError } from "./error.ts";
import { type ItemReading, isAbout, listAll, odd } from "./listing.ts";

/**
 * Compares the variables of a project or a context with those that are desired. What CircleCI shows
 * of a value is used here and handed on to nobody.
 *
 * @param keys further names whose being there matters, and not their values
 * @returns of those that are there, how each compares; a key is `present`
 */
export async function compareVariables(
  client: CircleciClient,
  target: VariableTarget,
  desired: Readonly<Record<string, string>>,
  keys: readonly string[],
): Promise<ReadonlyMap<string, MaskComparison | "present">> {
  const shown = await listAll(client, listPath(target), shownIn(target));
  const found = new Map<string, MaskComparison | "present">();
  for (const { name, mask } of shown) {
    const value = Object.hasOwn(desired, name) ? desired[name] : undefined;
    if (value !== undefined) found.set(name, worse(compareWithMask(value, mask), found.get(name)));
    else if (keys.includes(name)) found.set(name, "present");
  }
  return found;
}

const worst = ["differs", "unseen", "unsure", "same"] as const;

/** Of one name that is listed twice nobody knows which is in force: the worse comparison counts. */
function worse(one: MaskComparison, other: MaskComparison | "present" | undefined): MaskComparison {
  return worst.find((each) => each === one || each === other) ?? one;
}

/** Creates a variable or overwrites it. */
export async function setVariable(
  client: CircleciClient,
  target: VariableTarget,
  name: string,
  value: string,
): Promise<void> {
  switch (target.kind) {
    case "project": {
      const path = listPath(target);
      const body = { name, value };
      return write(client, { method: "POST", version: "v2", path, body }, { name });
    }
    case "context": {
      const path = [...listPath(target), name];
      const about = { variable: name, context_id: target.id };
      return write(client, { method: "PUT", version: "v2", path, body: { value } }, about);
    }
    default:
      return target satisfies never;
  }
}

/** @param about what the answer may not say otherwise */
async function write(
  client: CircleciClient,
  request: CircleciRequest,
  about: Readonly<Record<string, string>>,
): Promise<void> {
  const answer = await callCircleci(client, request);
  if (!isRecord(answer)) return;
  const isOther = Object.entries(about).some(([member, expected]) => {
    const said = answer[member] ?? expected;
    // An id may come in capitals.
    return typeof said !== "string" || (said !== expected && said.toLowerCase() !== expected);
  });
  if (!isOther) return;
  const detail = "it is about another variable";
  const code = "CircleciAnswerUnreadable";
  throw new CircleciError({ code, status: null, request: nameOfRequest(request), detail });
}

/**
 * Deletes a variable. One that is not found may be gone, since an answer may have been lost; or its place was not found:
 * only a listing shows which.
 */
export async function deleteVariable(
  client: CircleciClient,
  target: VariableTarget,
  name: string,
): Promise<"done" | "gone"> {
  const path = [...listPath(target), name];
  try {
    await callCircleci(client, { method: "DELETE", version: "v2", path });
    return "done";
  } catch (thrown) {
    if (thrown instanceof CircleciError && thrown.failed.code === "CircleciNotFound") return "gone";
    throw thrown;
  }
}

function listPath({ kind, id }: VariableTarget): readonly string[] {
  return kind === "project"
    ? ["project", ...id.split("/"), "envvar"]
    : ["context", id, "environment-variable"];
}

type Shown = { readonly name: string; readonly mask: string | null };

/** A project's variable is `{name, value}`, a context's `{variable, truncated_value}`. */
function shownIn({ kind, id }: VariableTarget): (item: unknown) => ItemReading<Shown> {
  const [nameKey, maskKey] =
    kind === "project" ? (["name", "value"] as const) : (["variable", "truncated_value"] as const);
  return (item) => {
    if (!isRecord(item)) return odd("one of its items is not an object");
    if (kind === "context" && !isAbout(item["context_id"], id))
      return odd("it is about another id");
    const name = item[nameKey];
    const mask = item[maskKey] ?? null;
    if (typeof name !== "string") return odd("one of its items has no name");
    return mask === null || typeof mask === "string"
      ? { kind: "item", item: { name, mask } }
      : odd(`the ${maskKey} of one of its items is not a text`);
  };
}
