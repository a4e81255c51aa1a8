import type { Members } from "../input/members.ts";
import { listingPage, ordinalKey, type Paging } from "../input/page.ts";
import { refused } from "../input/refusal.ts";
import type { Call } from "../server/operation.ts";

export type Job = {
  readonly id: string;
  readonly arn: string;
  readonly type: string;
  readonly reason: string | null;
  readonly commitId: string;
  readonly commitMessage: string;
  readonly commitTime: Date;
  readonly startedAt: Date;
  readonly status: "SUCCEED" | "CANCELLED";
};

export type Branch = {
  readonly ordinal: number;
  readonly name: string;
  readonly arn: string;
  readonly stage: string;
  readonly framework: string;
  readonly description: string;
  readonly displayName: string;
  readonly environment: ReadonlyMap<string, string>;
  readonly tags: ReadonlyMap<string, string>;
  readonly autoBuild: boolean;
  readonly createdAt: Date;
  readonly jobs: Map<string, Job>;
  /** Ids of deployments that were created and not yet started. */
  readonly deployments: Set<string>;
};

export type App = {
  readonly ordinal: number;
  /** `d`, then letters and digits; never used twice. Names are not unique. */
  readonly id: string;
  readonly arn: string;
  readonly name: string;
  readonly description: string;
  readonly repository: string;
  readonly platform: string;
  readonly environment: ReadonlyMap<string, string>;
  readonly tags: ReadonlyMap<string, string>;
  readonly createdAt: Date;
  readonly branches: Map<string, Branch>;
};

/** One Region's apps by id, in the order in which they were created. */
export type Apps = { readonly byId: Map<string, App>; created: number };

export function existingApp(apps: Apps, members: Members): App {
  const id = members.text("appId", { min: 1, max: 20, pattern: /d[a-z0-9]+/ });
  const app = apps.byId.get(id);
  if (app === undefined) throw refused("NotFoundException", `App ${id} not found.`, 404);
  return app;
}

export function createApp(apps: Apps, members: Members, call: Call): object {
  const name = members.text("name", { min: 1, max: 255 });
  const id = `d${BigInt(`0x${call.uniqueBytes(name, 9).toString("hex")}`)
    .toString(36)
    .padStart(13, "0")
    .slice(-13)}`;
  const app: App = {
    ordinal: apps.created,
    id,
    arn: `arn:aws:amplify:${call.region}:${call.account}:apps/${id}`,
    name,
    description: members.optionalText("description", { max: 1000 }) ?? "",
    repository: members.optionalText("repository", { max: 1000 }) ?? "",
    platform:
      members.optionalText("platform", { oneOf: ["WEB", "WEB_DYNAMIC", "WEB_COMPUTE"] }) ?? "WEB",
    environment: members.textMap("environmentVariables", { each: { max: 5500 } }),
    tags: members.textMap("tags", { max: 50, each: { max: 256 } }),
    createdAt: call.now,
    branches: new Map(),
  };
  apps.created += 1;
  apps.byId.set(id, app);
  return { app: shownApp(app) };
}

export function listApps(apps: Apps, members: Members, paging: Paging): object {
  const page = listingPage(members, {
    items: [...apps.byId.values()],
    keyOf: (app) => ordinalKey(app.ordinal),
    limit: members.optionalCount("maxResults", { min: 0, max: 100 }) || 100,
    tokenName: "nextToken",
    scope: "apps",
    paging,
    badToken,
  });
  return { apps: page.items.map(shownApp), ...page.next };
}

export function badToken(): Error {
  return refused("BadRequestException", "Invalid token provided.");
}

/** UpdateApp: a new name, another repository or none. */
export function updateApp(apps: Apps, members: Members): object {
  const before = existingApp(apps, members);
  const app: App = {
    ...before,
    name: members.optionalText("name", { min: 1, max: 255 }) ?? before.name,
    repository: members.optionalText("repository", { max: 1000 }) ?? before.repository,
  };
  apps.byId.set(app.id, app);
  return { app: shownApp(app) };
}

export function deleteApp(apps: Apps, members: Members): object {
  const app = existingApp(apps, members);
  apps.byId.delete(app.id);
  return { app: shownApp(app) };
}

export function shownApp(app: App): object {
  const production = app.branches.values().find((branch) => branch.stage === "PRODUCTION");
  return {
    appId: app.id,
    appArn: app.arn,
    name: app.name,
    tags: Object.fromEntries(app.tags),
    description: app.description,
    // An app without a repository does not have this member, although the API's model requires it.
    ...(app.repository === "" ? {} : { repository: app.repository }),
    platform: app.platform,
    createTime: app.createdAt,
    updateTime: app.createdAt,
    environmentVariables: Object.fromEntries(app.environment),
    defaultDomain: `${app.id}.amplifyapp.com`,
    enableBranchAutoBuild: false,
    enableBranchAutoDeletion: false,
    enableBasicAuth: false,
    customRules: [],
    ...(production === undefined ? {} : { productionBranch: { branchName: production.name } }),
  };
}
