import {
  boundaryMistake,
  type Installation,
  namesFault,
  organizationsOf,
} from "./document/installation.ts";
import { isRecord, parseJson } from "./json.ts";
import { withoutEnd } from "./language/ends.ts";
import type { Channels } from "./loop/announce.ts";

/** What the functions and the command read from their environment variables. */
export type FunctionSettings = {
  readonly prefix: string;
  readonly region: string;
  readonly channels: Channels;
  readonly installation: Installation;
};

export type Variables = Readonly<Record<string, string | undefined>>;

const defaultPrefix = "/oidc-reconciler";
const defaultPeriod = 15;
/** A day: nobody could rely on a schedule with longer periods. */
const periodMax = 1_440;

/**
 * Reads the settings that docs/deploying.md lists.
 *
 * @throws an error of one sentence, with the variable's name and what is allowed, where a prefix,
 *   boundary, name pattern or period cannot be used. What may be opened is never guessed: an
 *   `OIDC_FIRST_DOCUMENT` that is not exactly `apply` means hold, and a list of organisations that
 *   cannot be read is handed on as malformed.
 */
export function settingsOf(variables: Variables): FunctionSettings {
  const prefix = prefixOf(variables["OIDC_PARAMETER_PREFIX"] ?? "");
  const region = variables["AWS_REGION"] || variables["AWS_DEFAULT_REGION"] || "us-east-1";
  return {
    prefix,
    region,
    channels: {
      topicArn: variables["OIDC_ALERT_TOPIC_ARN"] || null,
      bus: variables["OIDC_EVENT_BUS"] || "default",
    },
    installation: {
      prefix,
      home: region,
      firstDocument: variables["OIDC_FIRST_DOCUMENT"] === "apply" ? "apply" : "hold",
      organizations: organizationsOf(variables["OIDC_ORGANIZATIONS"] ?? ""),
      permissionsBoundary: textOf(variables, "OIDC_PERMISSIONS_BOUNDARY", boundaryMistake),
      roleNames: textOf(variables, "OIDC_ROLE_NAMES", namesFault),
      policyNames: textOf(variables, "OIDC_POLICY_NAMES", namesFault),
      periodMinutes: periodOf(variables["OIDC_SCHEDULE_MINUTES"] ?? ""),
    },
  };
}

/** Variables that make an installation narrower than one without them, and how often it runs. */
const restricting = [
  "OIDC_ORGANIZATIONS",
  "OIDC_PERMISSIONS_BOUNDARY",
  "OIDC_ROLE_NAMES",
  "OIDC_POLICY_NAMES",
  "OIDC_SCHEDULE_MINUTES",
] as const;

/**
 * The variables that say the same of an installation, for who has none of them: what only restricts. Whether a first
 * document waits is nobody's to say but the caller's.
 */
export function variablesOf(installation: Installation): Readonly<Record<string, string>> {
  const { organizations, permissionsBoundary, roleNames, policyNames, periodMinutes } =
    installation;
  const named: Readonly<Record<(typeof restricting)[number], string>> = {
    OIDC_ORGANIZATIONS: listText(organizations),
    OIDC_PERMISSIONS_BOUNDARY: permissionsBoundary ?? "",
    OIDC_ROLE_NAMES: roleNames ?? "",
    OIDC_POLICY_NAMES: policyNames ?? "",
    OIDC_SCHEDULE_MINUTES: String(periodMinutes),
  };
  return Object.fromEntries(
    Object.entries(named).flatMap(([name, text]) => (text ? [[name, text]] : [])),
  );
}

/**
 * What a heartbeat says of the installation, as such variables.
 *
 * @param heartbeat the text of `PREFIX/heartbeat`; left out where there is none
 * @returns `null` where it says nothing, as one of an earlier release
 */
export function variablesIn(heartbeat: string | undefined): Variables | null {
  const data = parseJson(heartbeat ?? "");
  const settings = isRecord(data) ? data["settings"] : null;
  if (!isRecord(settings)) return null;
  const said = restricting.flatMap((name) => {
    const text = settings[name];
    return typeof text === "string" ? [[name, text] as const] : [];
  });
  return Object.fromEntries(said);
}

function listText(organizations: Installation["organizations"]): string {
  switch (organizations.kind) {
    case "any":
      return "";
    case "listed":
      return organizations.ids.join(",");
    case "malformed":
      // No list either, whatever was meant.
      return "malformed";
    default:
      return organizations satisfies never;
  }
}

/**
 * What a run from a shell takes for granted, since nobody's stack has set it there.
 *
 * @param isInstalled is known what the deployed function is restricted to?
 * @returns a line for a person; null where nothing is left to take for granted
 */
export function assumptionsOf(
  variables: Variables,
  { isInstalled }: { readonly isInstalled: boolean },
): string | null {
  const assumed = [
    // Whatever is neither means hold too: a slip of the finger should not go unseen.
    ...(isSetting(variables["OIDC_FIRST_DOCUMENT"]) ? [] : ["OIDC_FIRST_DOCUMENT=hold"]),
    // Spaces alone are not a list.
    ...(isInstalled || variables["OIDC_ORGANIZATIONS"]?.trim() ? [] : ["any organisation"]),
  ];
  return assumed.length === 0 ? null : `assuming ${assumed.join(" and ")}`;
}

function isSetting(firstDocument: string | undefined): boolean {
  return firstDocument === "hold" || firstDocument === "apply";
}

function prefixOf(text: string): string {
  if (!isPrefix(text)) throw new Error(`OIDC_PARAMETER_PREFIX ${prefixRule}`);
  return withoutEnd(text, "/") || defaultPrefix;
}

/** What a prefix has to be: half a sentence. */
export const prefixRule =
  "must be a Parameter Store path such as /oidc-reconciler: levels of A-Z a-z 0-9 _ . - that each begin with a slash";

/** May the parameters be below it? Empty means the usual prefix. */
export function isPrefix(text: string): boolean {
  return /^(\/[A-Za-z0-9_.-]+){1,12}$/.test(withoutEnd(text, "/") || defaultPrefix);
}

/** The variable's text, null where it is empty or unset. */
function textOf(
  variables: Variables,
  name: string,
  faultOf: (text: string) => string | null,
): string | null {
  const text = variables[name] || null;
  const fault = text === null ? null : faultOf(text);
  if (fault !== null) throw new Error(`${name} ${fault}`);
  return text;
}

function periodOf(text: string): number {
  if (text === "") return defaultPeriod;
  const minutes = /^[0-9]{1,5}$/.test(text) ? Number(text) : 0;
  if (minutes < 1 || minutes > periodMax) {
    throw new Error(`OIDC_SCHEDULE_MINUTES must be a whole number from 1 to ${periodMax}`);
  }
  return minutes;
}
