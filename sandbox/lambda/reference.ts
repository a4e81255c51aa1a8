import type { Members } from "../input/members.ts";
import { ServiceError } from "../server/operation.ts";
import type { Functions, LambdaFunction, Version } from "./state.ts";

export type Place = { readonly region: string; readonly account: string };

/** A function by its name, and what of it is meant: a version, an alias, or null for neither. */
export type Reference = { readonly name: string; readonly qualifier: string | null };

const referenceText =
  /(arn:aws[a-z-]*:lambda:)?([a-z]{2}(-[a-z]+)+-\d:)?(\d{12}:)?(function:)?([A-Za-z0-9_-]+)(:(\$LATEST|[A-Za-z0-9_-]+))?/;

const nameMax = 64;

/** An error answer of Lambda: each says whether the caller or the service is to blame. */
export function lambdaError(code: string, message: string, httpStatus = 400): ServiceError {
  return new ServiceError(code, message, httpStatus, { Type: "User" });
}

export function functionArn(place: Place, { name, qualifier }: Reference): string {
  const arn = `arn:aws:lambda:${place.region}:${place.account}:function:${name}`;
  return qualifier === null ? arn : `${arn}:${qualifier}`;
}

/** Reads a name, a whole ARN or a part of one, each with or without a qualifier; else null. */
export function readReference(text: string): Reference | null {
  const parts = new RegExp(`^${referenceText.source}$`).exec(text);
  const name = parts?.[6];
  return name === undefined ? null : { name, qualifier: parts?.[8] ?? null };
}

/** The function that a call names; its qualifier may be part of the name or a member of its own. */
export function requestedReference(members: Members): Reference {
  const text = members.text("FunctionName", { min: 1, max: 256, pattern: referenceText });
  const named = readReference(text) ?? { name: text, qualifier: null };
  const qualifier = members.optionalText("Qualifier", { min: 1, max: 128, pattern: /[\w$-]+/ });
  if (qualifier !== null && named.qualifier !== null && qualifier !== named.qualifier) {
    throw lambdaError(
      "InvalidParameterValueException",
      "The derived qualifier from the function name does not match the specified qualifier.",
    );
  }
  if (named.name.length > nameMax) {
    const message = `The function name has more than ${nameMax} characters.`;
    throw lambdaError("InvalidParameterValueException", message);
  }
  return { name: named.name, qualifier: qualifier ?? named.qualifier };
}

/** The function of a call that takes no qualifier. */
export function unqualified(members: Members): string {
  const { name, qualifier } = requestedReference(members);
  if (qualifier === null || qualifier === "$LATEST") return name;
  const message =
    "This operation is permitted on Lambda functions only, not on a version or alias.";
  throw lambdaError("InvalidParameterValueException", message);
}

export function existingFunction(
  functions: Functions,
  place: Place,
  reference: Reference,
): LambdaFunction {
  const found = functions.get(reference.name);
  if (found === undefined) throw notFound(place, reference);
  return found;
}

export function notFound(place: Place, reference: Reference): ServiceError {
  const message = `Function not found: ${functionArn(place, reference)}`;
  return lambdaError("ResourceNotFoundException", message, 404);
}

/** The version that a qualifier stands for, an alias followed; null if there is none. */
export function versionOf(found: LambdaFunction, qualifier: string | null): Version | null {
  const version = found.aliases.get(qualifier ?? "")?.functionVersion ?? qualifier ?? "$LATEST";
  if (version === "$LATEST") return found.latest;
  return found.published.find((one) => one.version === version) ?? null;
}

/** A change that names a revision is refused once there is a newer one. */
export function checkRevision(members: Members, current: string): void {
  const asked = members.optionalText("RevisionId");
  if (asked === null || asked === current) return;
  throw lambdaError(
    "PreconditionFailedException",
    "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id",
    412,
  );
}
