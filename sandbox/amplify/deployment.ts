import type { Emit } from "../eventbridge/event.ts";
import type { Members } from "../input/members.ts";
import { refused } from "../input/refusal.ts";
import type { Call } from "../server/operation.ts";
import { type App, type Apps, type Branch, existingApp } from "./app.ts";
import { branchName, existingBranch } from "./branch.ts";
import { finishedJob } from "./job.ts";

/** The branch that an upload goes to. An app with a repository accepts no upload. */
function manualBranch(
  apps: Apps,
  members: Members,
): { readonly app: App; readonly branch: Branch } {
  const app = existingApp(apps, members);
  if (app.repository !== "") {
    const message = "Operation not supported. App is already connected a repository.";
    throw refused("BadRequestException", message);
  }
  return { app, branch: existingBranch(app, branchName(members)) };
}

/** CreateDeployment: returns where to upload to, and the job that StartDeployment will start. */
export function createDeployment(apps: Apps, members: Members, call: Call): object {
  const { app, branch } = manualBranch(apps, members);
  const files = members.textMap("fileMap", { each: { max: 32 } });
  const jobId = String(branch.jobs.size + branch.deployments.size + 1);
  branch.deployments.add(jobId);
  const upload = (name: string) =>
    `https://aws-amplify-prod-${call.region}-artifacts.s3.amazonaws.com/${app.id}/${branch.name}/${jobId}/${name}`;
  return {
    jobId,
    fileUploadUrls: Object.fromEntries([...files.keys()].map((name) => [name, upload(name)])),
    zipUploadUrl: upload("archive.zip"),
  };
}

/** StartDeployment: of an upload or of a URL. Whether anything was uploaded is not checked. */
export function startDeployment(apps: Apps, members: Members, call: Call, emit: Emit): object {
  const { app, branch } = manualBranch(apps, members);
  const jobId = members.optionalText("jobId", { pattern: /[0-9]+/ });
  const sourceUrl = members.optionalText("sourceUrl", { max: 3000 });
  if (jobId === null && sourceUrl === null) {
    const message = "Must specify jobId or sourceUrl for StartDeploymentRequest.";
    throw refused("BadRequestException", message);
  }
  if (jobId !== null && !branch.deployments.delete(jobId)) {
    throw refused("NotFoundException", `Job ${jobId} not found.`, 404);
  }
  return finishedJob({
    app,
    branch,
    emit,
    call,
    job: {
      id: jobId ?? String(branch.jobs.size + branch.deployments.size + 1),
      type: "MANUAL",
      reason: null,
      commitId: "",
      commitMessage: "",
      commitTime: call.now,
    },
  });
}
