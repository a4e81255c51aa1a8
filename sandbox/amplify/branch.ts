import type { Members } from "../input/members.ts";
import { listingPage, ordinalKey, type Paging } from "../input/page.ts";
import { refused } from "../input/refusal.ts";
import type { Call } from "../server/operation.ts";
import { type App, type Apps, type Branch, badToken, existingApp } from "./app.ts";

const stages = ["PRODUCTION", "BETA", "DEVELOPMENT", "EXPERIMENTAL", "PULL_REQUEST"] as const;

export function branchName(members: Members): string {
  return members.text("branchName", { min: 1, max: 255 });
}

export function existingBranch(app: App, name: string): Branch {
  const branch = app.branches.get(name);
  if (branch === undefined) throw refused("NotFoundException", `Branch ${name} not found.`, 404);
  return branch;
}

export function createBranch(apps: Apps, members: Members, call: Call): object {
  const app = existingApp(apps, members);
  const name = branchName(members);
  if (app.branches.has(name)) {
    throw refused("BadRequestException", `The branch ${name} already exists in app ${app.id}.`);
  }
  const branch: Branch = {
    ordinal: Math.max(-1, ...app.branches.values().map((other) => other.ordinal)) + 1,
    name,
    arn: `${app.arn}/branches/${name}`,
    stage: members.optionalText("stage", { oneOf: stages }) ?? "",
    framework: members.optionalText("framework", { max: 255 }) ?? "",
    description: members.optionalText("description", { max: 1000 }) ?? "",
    displayName: members.optionalText("displayName", { max: 255 }) ?? name.replaceAll("/", "-"),
    environment: members.textMap("environmentVariables", { each: { max: 5500 } }),
    tags: members.textMap("tags", { max: 50, each: { max: 256 } }),
    autoBuild: members.flag("enableAutoBuild", true),
    createdAt: call.now,
    jobs: new Map(),
    deployments: new Set(),
  };
  app.branches.set(name, branch);
  return { branch: shownBranch(branch) };
}

export function listBranches(apps: Apps, members: Members, paging: Paging): object {
  const app = existingApp(apps, members);
  const page = listingPage(members, {
    items: [...app.branches.values()],
    keyOf: (branch) => ordinalKey(branch.ordinal),
    limit: members.optionalCount("maxResults", { min: 0, max: 50 }) || 50,
    tokenName: "nextToken",
    scope: `branches ${app.id}`,
    paging,
    badToken,
  });
  return { branches: page.items.map(shownBranch), ...page.next };
}

export function getBranch(apps: Apps, members: Members): object {
  const app = existingApp(apps, members);
  return { branch: shownBranch(existingBranch(app, branchName(members))) };
}

export function deleteBranch(apps: Apps, members: Members): object {
  const app = existingApp(apps, members);
  const branch = existingBranch(app, branchName(members));
  app.branches.delete(branch.name);
  return { branch: shownBranch(branch) };
}

function shownBranch(branch: Branch): object {
  const newest = [...branch.jobs.values()].at(-1);
  return {
    branchArn: branch.arn,
    branchName: branch.name,
    description: branch.description,
    tags: Object.fromEntries(branch.tags),
    ...(branch.stage === "" ? {} : { stage: branch.stage }),
    displayName: branch.displayName,
    enableNotification: false,
    createTime: branch.createdAt,
    updateTime: newest?.startedAt ?? branch.createdAt,
    environmentVariables: Object.fromEntries(branch.environment),
    enableAutoBuild: branch.autoBuild,
    customDomains: [],
    framework: branch.framework,
    activeJobId: newest?.id ?? "0",
    totalNumberOfJobs: String(branch.jobs.size),
    enableBasicAuth: false,
    enablePerformanceMode: false,
    ttl: "5",
    enablePullRequestPreview: false,
  };
}
