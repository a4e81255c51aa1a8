import * as z from "zod/mini";
import { type Fields, fieldsAt, textAt } from "../../aws/event-fields.ts";
import type { Asked, TargetKind, TouchedTarget } from "../kind.ts";
import { lastOutput } from "../output-names.ts";
import { type FoundApps, namedApp, newlyReleasedBy, resolveAmplify } from "./resolve.ts";
import { type AmplifyTarget, appMay, appPieces, apps, appsWritten } from "./schema.ts";
import { appParts, appStatements, type ResolvedAmplify } from "./statements.ts";

/** What is looked up of Amplify apps. */
export type AmplifyQuestion = readonly {
  readonly app: string;
  readonly namesBranches: boolean;
  /** The id it had last: its branches are read at the same time as the list of apps. */
  readonly likelyId: string | null;
}[];

const variable = "AWS_AMPLIFY_APP_ID";

/** Apps of Amplify Hosting. */
export const amplify: TargetKind<AmplifyTarget, AmplifyQuestion, FoundApps, ResolvedAmplify> = {
  noun: "Amplify app",
  schema: apps,
  written: appsWritten,
  pieces: appPieces,
  regions: null,
  memory: z.object({
    app: z.string(),
    appId: z.string(),
    appArn: z.string(),
    branches: z.union([z.literal("every"), z.array(z.string())]),
    // The release before `may` kept none of the words, and had every app released by StartJob.
    may: z._default(z.array(z.enum(appMay)), ["release"]),
    hasRepository: z._default(z.boolean(), true),
  }),
  writtenWhenEmpty: true,
  ask: askedIn,
  unseen: (reading) => reading,
  resolve: (entries, found, memory) => {
    const resolved = resolveAmplify(entries, found, memory);
    return { ...resolved, granted: newlyReleasedBy(resolved.found, memory) };
  },
  named: (entries, found, unknown) => entries.map((entry) => namedApp(entry, found, unknown)),
  statements: appStatements,
  parts: appParts,
  outputs: (_, targets) => {
    // An app whose branches have different words is one all the same.
    const ids = new Map(
      targets.map(({ app, appId }) => [`${app} ${appId}`, [app, appId] as const]),
    );
    return [{ variable, values: [...ids.values()] }];
  },
  events: {
    service: "amplify",
    // An update may give an app the name that a document asks for, or a repository.
    calls: ["CreateApp", "UpdateApp", "DeleteApp", "CreateBranch", "DeleteBranch"],
    detailTypes: ["Amplify Deployment Status Change"],
    ofCall: appOfCall,
    ofEvent: (event) => touchedApp(textAt(fieldsAt(event, "detail"), "appId"), null),
    says: ({ id, name }) => `Amplify app ${name ?? id ?? ""}`,
    names: isNamed,
  },
};

/** Each app once, and once more where its branches are named, with an id that anybody remembers. */
function askedIn(documents: readonly Asked<AmplifyTarget, ResolvedAmplify>[]): AmplifyQuestion {
  const once = new Map<string, AmplifyQuestion[number]>();
  for (const { entries, last, outputs } of documents) {
    for (const { app, branches } of entries) {
      const namesBranches = branches.length > 0;
      const key = `${namesBranches} ${app}`;
      const known = once.get(key)?.likelyId ?? null;
      const likelyId =
        known ??
        last.find((before) => before.app === app)?.appId ??
        lastOutput(outputs, variable, app);
      once.set(key, { app, namesBranches, likelyId });
    }
  }
  return [...once.values()];
}

/** Source: the request and response members of the Amplify API reference, with a small first letter. */
function appOfCall(record: Fields): TouchedTarget | null {
  const request = fieldsAt(record, "requestParameters");
  const made = fieldsAt(fieldsAt(record, "responseElements"), "app");
  return touchedApp(
    textAt(request, "appId") ?? textAt(made, "appId"),
    textAt(request, "name") ?? textAt(made, "name"),
  );
}

/**
 * Most events know an app by its id; calls that create, change or delete it have its name.
 *
 * Source of events: Amplify user guide, "Notifications".
 */
function touchedApp(id: string | null, name: string | null): TouchedTarget | null {
  return id === null && name === null ? null : { service: "amplify", id, name };
}

/**
 * An app's name is not its own alone, and most events have only its id: then decides what the names
 * resolved to last. Where an id is not known yet, it may be any app.
 */
function isNamed(
  { id, name }: TouchedTarget,
  { entries, last, outputs }: Asked<AmplifyTarget, ResolvedAmplify>,
): boolean {
  const named = entries.map(({ app }) => app);
  const given = Object.entries(outputs).filter(([output]) => output.startsWith(variable));
  const ids = new Set([...last.map(({ appId }) => appId), ...given.map(([, value]) => value)]);
  if (typeof id === "string" && (named.includes(id) || ids.has(id))) return true;
  return typeof name === "string" ? named.includes(name) : ids.size < named.length;
}
