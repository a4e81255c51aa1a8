/**
 * The end of a value that CircleCI shows: its last four characters, and never more than half of it.
 * Measured for contexts, on values of 1 to 12 characters, by the authors of CircleCI-Labs' Terraform
 * provider; they describe a project's variables as the same end behind four `x`.
 */
function endOf(value: string): string {
  const shown = Math.min(4, Math.floor(value.length / 2));
  return value.slice(value.length - shown);
}

/** A project's variable in every answer, also to the request that has just set it. */
export function maskedInProject(value: string): string {
  return `xxxx${endOf(value)}`;
}

/** A context's variable in a listing, without anything in front. */
export function maskedInContext(value: string): string {
  return endOf(value);
}
