import type { Emit } from "../eventbridge/event.ts";
import type { Members } from "../input/members.ts";
import { listingPage, ordinalKey, type Paging } from "../input/page.ts";
import { refused } from "../input/refusal.ts";
import type { Call } from "../server/operation.ts";
import { type App, type Apps, type Branch, badToken, existingApp, type Job } from "./app.ts";
import { branchName, existingBranch } from "./branch.ts";

function branchOf(apps: Apps, members: Members): Branch {
  return existingBranch(existingApp(apps, members), branchName(members));
}

/**
 * StartJob: answers PENDING, as Amplify does. In the sandbox the next read shows that the job has
 * succeeded.
 */
export function startJob(apps: Apps, members: Members, call: Call, emit: Emit): object {
  const app = existingApp(apps, members);
  const branch = existingBranch(app, branchName(members));
  const type = members.text("jobType", { oneOf: ["RELEASE", "RETRY", "MANUAL", "WEB_HOOK"] });
  const retried = members.optionalText("jobId", { pattern: /[0-9]+/ });
  if (type === "RETRY" && (retried === null || !branch.jobs.has(retried))) {
    throw refused("BadRequestException", "A job of type RETRY needs the jobId of an earlier job.");
  }
  return finishedJob({
    app,
    branch,
    emit,
    call,
    job: {
      id: String(branch.jobs.size + branch.deployments.size + 1),
      type,
      reason: members.optionalText("jobReason", { max: 255 }),
      commitId: members.optionalText("commitId", { max: 255 }) ?? "HEAD",
      commitMessage: members.optionalText("commitMessage", { max: 10_000 }) ?? "",
      commitTime: members.optionalTime("commitTime") ?? call.now,
    },
  });
}

/** Keeps a job that has succeeded, sends its event, and answers that it is pending. */
export function finishedJob(given: {
  readonly app: App;
  readonly branch: Branch;
  readonly job: Omit<Job, "arn" | "startedAt" | "status">;
  readonly call: Call;
  readonly emit: Emit;
}): object {
  const { app, branch, call, emit } = given;
  const { id } = given.job;
  const job: Job = {
    ...given.job,
    arn: `${branch.arn}/jobs/${id.padStart(10, "0")}`,
    startedAt: call.now,
    status: "SUCCEED",
  };
  branch.jobs.set(id, job);
  for (const jobStatus of ["STARTED", "SUCCEED"]) {
    emit({
      source: "aws.amplify",
      detailType: "Amplify Deployment Status Change",
      region: call.region,
      at: call.now,
      resources: [`${branch.arn}/jobs/${id}`],
      detail: { appId: app.id, branchName: branch.name, jobId: id, jobStatus },
    });
  }
  return { jobSummary: summary(job, "PENDING") };
}

export function getJob(apps: Apps, members: Members): object {
  const job = existingJob(branchOf(apps, members), members);
  const step = {
    stepName: "DEPLOY",
    startTime: job.startedAt,
    endTime: job.startedAt,
    status: job.status,
  };
  return { job: { summary: summary(job, job.status), steps: [step] } };
}

/** ListJobs: the newest first. */
export function listJobs(apps: Apps, members: Members, paging: Paging): object {
  const branch = branchOf(apps, members);
  const jobs = [...branch.jobs.values()].reverse();
  const page = listingPage(members, {
    items: jobs,
    keyOf: (job) => ordinalKey(1_000_000 - Number(job.id)),
    limit: members.optionalCount("maxResults", { min: 0, max: 50 }) || 50,
    tokenName: "nextToken",
    scope: `jobs ${branch.arn}`,
    paging,
    badToken,
  });
  return { jobSummaries: page.items.map((job) => summary(job, job.status)), ...page.next };
}

/** StopJob: jobs end at once, so there is never one to stop. */
export function stopJob(apps: Apps, members: Members): object {
  const job = existingJob(branchOf(apps, members), members);
  throw refused("BadRequestException", `Job ${job.id} is ${job.status} and cannot be stopped.`);
}

function existingJob(branch: Branch, members: Members): Job {
  const id = members.text("jobId", { max: 255, pattern: /[0-9]+/ });
  const job = branch.jobs.get(id);
  if (job === undefined) throw refused("NotFoundException", `Job ${id} not found.`, 404);
  return job;
}

function summary(job: Job, status: string): object {
  return {
    jobArn: job.arn,
    jobId: job.id,
    commitId: job.commitId,
    commitMessage: job.commitMessage,
    commitTime: job.commitTime,
    startTime: job.startedAt,
    status,
    ...(status === "PENDING" ? {} : { endTime: job.startedAt }),
    jobType: job.type,
  };
}
