/** How CircleCI's API is reached. */
export type ApiAccess = {
  /** Where `/api/v2` follows, without a slash at its end. */
  readonly base: string;
  readonly token: string;
};

type ApiAccessReading =
  | { readonly kind: "ready"; readonly access: ApiAccess }
  | {
      readonly kind: "refused";
      readonly code: "CredentialsMissing" | "BadSetting";
      /** A sentence without a full stop; it repeats no token. */
      readonly message: string;
      /** The variable that it is about. */
      readonly where: string;
    };

const hostVariable = "CIRCLECI_CLI_HOST";
const defaultHost = "https://circleci.com";

/**
 * Reads the variables that CircleCI's own command line reads: `CIRCLE_TOKEN`, else
 * `CIRCLECI_CLI_TOKEN`, and `CIRCLECI_CLI_HOST`. A token never goes over plain HTTP, except to this
 * machine.
 */
export function apiAccess(
  variables: Readonly<Record<string, string | undefined>>,
): ApiAccessReading {
  const host = variables[hostVariable]?.trim() || defaultHost;
  const base = baseOf(host);
  if (base === null) {
    const message = `${hostVariable} must be an address such as ${defaultHost}: https, or http on this machine alone, without a name, a password or anything behind the path`;
    return { kind: "refused", code: "BadSetting", message, where: hostVariable };
  }
  const where = variables["CIRCLE_TOKEN"]?.trim() ? "CIRCLE_TOKEN" : "CIRCLECI_CLI_TOKEN";
  const token = variables[where]?.trim() ?? "";
  if (token === "") {
    const message =
      "there is no token for CircleCI: set CIRCLE_TOKEN to a personal API token (User Settings, Personal API Tokens); a project's token does not work here";
    return { kind: "refused", code: "CredentialsMissing", message, where: "CIRCLE_TOKEN" };
  }
  if (!/^[\x21-\x7e]+$/.test(token)) {
    const message = `${where} has a blank or another character that no token has: copy the token alone, without quotes and line breaks`;
    return { kind: "refused", code: "BadSetting", message, where };
  }
  return { kind: "ready", access: { base, token } };
}

function baseOf(host: string): string | null {
  if (!URL.canParse(host)) return null;
  const url = new URL(host);
  const { protocol, username, password, search, hash } = url;
  const isSafe = protocol === "https:" || (protocol === "http:" && isThisMachine(url.hostname));
  if (!isSafe || username !== "" || password !== "" || search !== "" || hash !== "") return null;
  return `${url.origin}${url.pathname}`.replace(/\/+$/, "");
}

function isThisMachine(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d{1,3}){3}$/.test(hostname);
}
