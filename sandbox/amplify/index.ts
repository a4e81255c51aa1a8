/**
 * Amplify Hosting: apps, branches, jobs and manual deployments, in Amplify's own Regions. Jobs go
 * to the default bus. Left out: domains, webhooks and the files of an upload. A job always succeeds
 * at once.
 */

import type { Emit } from "../eventbridge/event.ts";
import {
  type Authorization,
  requestTagContext,
  resourceTagContext,
  tagsIn,
  textIn,
} from "../input/authorization.ts";
import { validationSentence } from "../input/members.ts";
import { operationsOf, perRegion } from "../input/operations.ts";
import type { Paging } from "../input/page.ts";
import { refused, unreachable } from "../input/refusal.ts";
import type { Call, Service } from "../server/operation.ts";
import {
  type Apps,
  createApp,
  deleteApp,
  existingApp,
  listApps,
  shownApp,
  updateApp,
} from "./app.ts";
import { createBranch, deleteBranch, getBranch, listBranches } from "./branch.ts";
import { createDeployment, startDeployment } from "./deployment.ts";
import { getJob, listJobs, startJob, stopJob } from "./job.ts";

/** The Regions that have Amplify. In others its host name does not resolve. */
export const amplifyRegions: ReadonlySet<string> = new Set([
  ...["ap-east-1", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1"],
  ...["ap-southeast-1", "ap-southeast-2", "ca-central-1", "eu-central-1", "eu-north-1"],
  ...["eu-south-1", "eu-west-1", "eu-west-2", "eu-west-3", "me-south-1", "sa-east-1"],
  ...["us-east-1", "us-east-2", "us-west-1", "us-west-2"],
]);

const routes = [
  { method: "POST", path: "/apps", operation: "CreateApp" },
  { method: "GET", path: "/apps", operation: "ListApps" },
  { method: "GET", path: "/apps/{appId}", operation: "GetApp" },
  { method: "POST", path: "/apps/{appId}", operation: "UpdateApp" },
  { method: "DELETE", path: "/apps/{appId}", operation: "DeleteApp" },
  { method: "POST", path: "/apps/{appId}/branches", operation: "CreateBranch" },
  { method: "GET", path: "/apps/{appId}/branches", operation: "ListBranches" },
  { method: "GET", path: "/apps/{appId}/branches/{branchName}", operation: "GetBranch" },
  { method: "DELETE", path: "/apps/{appId}/branches/{branchName}", operation: "DeleteBranch" },
  { method: "POST", path: "/apps/{appId}/branches/{branchName}/jobs", operation: "StartJob" },
  { method: "GET", path: "/apps/{appId}/branches/{branchName}/jobs", operation: "ListJobs" },
  { method: "GET", path: "/apps/{appId}/branches/{branchName}/jobs/{jobId}", operation: "GetJob" },
  {
    method: "POST",
    path: "/apps/{appId}/branches/{branchName}/deployments",
    operation: "CreateDeployment",
  },
  {
    method: "POST",
    path: "/apps/{appId}/branches/{branchName}/deployments/start",
    operation: "StartDeployment",
  },
  {
    method: "DELETE",
    path: "/apps/{appId}/branches/{branchName}/jobs/{jobId}/stop",
    operation: "StopJob",
  },
] as const;

/** The service, with one state for each of its Regions. */
export function amplify(dependencies: {
  readonly emit: Emit;
  readonly paging: () => Paging;
}): Service {
  const { emit, paging } = dependencies;
  const appsOf = perRegion((): Apps => ({ byId: new Map(), created: 0 }));
  return {
    name: "amplify",
    protocol: "rest-json",
    routes,
    operations: operationsOf({
      handlers: {
        CreateApp: createApp,
        ListApps: (apps, members) => listApps(apps, members, paging()),
        GetApp: (apps, members) => ({ app: shownApp(existingApp(apps, members)) }),
        UpdateApp: updateApp,
        DeleteApp: deleteApp,
        CreateBranch: createBranch,
        ListBranches: (apps, members) => listBranches(apps, members, paging()),
        GetBranch: getBranch,
        DeleteBranch: deleteBranch,
        StartJob: (apps, members, call) => startJob(apps, members, call, emit),
        ListJobs: (apps, members) => listJobs(apps, members, paging()),
        GetJob: getJob,
        StopJob: stopJob,
        CreateDeployment: createDeployment,
        StartDeployment: (apps, members, call) => startDeployment(apps, members, call, emit),
      },
      stateOf: (call: Call) => {
        if (!amplifyRegions.has(call.region)) throw unreachable();
        return appsOf(call);
      },
      refuse: (violation) => refused("BadRequestException", validationSentence(violation)),
    }),
    keep: appsOf.keep,
    authorize: (call) =>
      amplifyRegions.has(call.region) ? authorizeAmplify(appsOf(call), call) : [],
  };
}

/**
 * The ARN of an app contains those of its branches and jobs. CreateApp and ListApps are checked on
 * all apps of the Region. Source: Service Authorization Reference, AWS Amplify.
 */
function authorizeAmplify(apps: Apps, call: Call): readonly Authorization[] {
  const action = `amplify:${call.operation}`;
  const everyApp = `arn:aws:amplify:${call.region}:${call.account}:apps`;
  const appId = textIn(call.input, "appId") ?? "";
  const branch = textIn(call.input, "branchName") ?? "";
  const app = apps.byId.get(appId);
  const context = new Map([
    ...requestTagContext(tagsIn(call.input, "tags")),
    ...resourceTagContext(app?.branches.get(branch)?.tags ?? app?.tags ?? new Map()),
  ]);
  switch (call.operation) {
    case "CreateApp":
    case "ListApps":
      return [{ action, resource: `${everyApp}/*`, context }];
    case "GetApp":
    case "UpdateApp":
    case "DeleteApp":
    case "ListBranches":
      return [{ action, resource: `${everyApp}/${appId}`, context }];
    case "StartJob":
    case "GetJob":
    case "StopJob": {
      const job = textIn(call.input, "jobId") ?? "*";
      return [{ action, resource: `${everyApp}/${appId}/branches/${branch}/jobs/${job}`, context }];
    }
    default:
      return [{ action, resource: `${everyApp}/${appId}/branches/${branch}`, context }];
  }
}
