import { slugOf } from "../names.ts";
import { poll, script, take } from "../shell.ts";
import { type Given, type MakeJobs, notGranted, type TargetJob } from "./target-job.ts";

type Target = Given<"amplify">["targets"][number];

/**
 * Releases the branches of an app: one with a repository from there, any other by an upload. Whether
 * a job ended well GetJob says, which the role has with the word `release`.
 *
 * @see https://docs.aws.amazon.com/amplify/latest/APIReference/API_StartJob.html
 */
export const amplifyJobs: MakeJobs<"amplify"> = (given) => {
  const released = given.targets.flatMap((target) => branchesOf(target));
  const unreadable = released.filter(({ branch }) => branch !== null && readsFile(branch));
  return {
    jobs: released
      .filter((each) => !unreadable.includes(each))
      .map(({ target, branch }) => releaseJob({ target, branch, given })),
    remarks: [
      ...notFound(given),
      ...unreadable.map(
        ({ target: { app }, branch }) =>
          `Amplify app ${app} branch ${branch} has no job: the AWS CLI would take this name for a file's`,
      ),
      ...given.targets
        .filter(({ may }) => !may.includes("release"))
        .map(
          ({ app }) =>
            `Amplify app ${app}: the job only starts a release, because its \`may\` has no release`,
        ),
    ],
  };
};

/** What is released: each branch that is named; `null` for whichever the pipeline is of. */
function branchesOf(target: Target): readonly { target: Target; branch: string | null }[] {
  const branches = target.branches === "every" ? [null] : target.branches;
  return branches.map((branch) => ({ target, branch }));
}

/** Apps, and branches of those that were found, which the role may not release. */
function notFound({ entries, targets }: Given<"amplify">): readonly string[] {
  const apps = targets.map(({ app }) => app);
  const isGranted = (app: string, branch: string) =>
    targets.some(
      (target) =>
        target.app === app && (target.branches === "every" || target.branches.includes(branch)),
    );
  const branches = entries
    .filter(({ app }) => apps.includes(app))
    .flatMap(({ app, branches: names }) =>
      names.filter((branch) => !isGranted(app, branch)).map((branch) => `${app} branch ${branch}`),
    );
  const named = entries.map(({ app }) => app);
  return [...notGranted("Amplify app", named, apps), ...notGranted("Amplify app", branches, [])];
}

/** The AWS CLI reads a value that begins so from a file (AWS CLI user guide, "Load a parameter from a file"). */
function readsFile(branch: string): boolean {
  return /^fileb?:\/\//.test(branch);
}

type Way = { readonly kind: "start-job" } | { readonly kind: "upload"; readonly follows: boolean };

function wayOf({ may, hasRepository }: Target): Way {
  const releases = may.includes("release");
  return releases && hasRepository ? { kind: "start-job" } : { kind: "upload", follows: releases };
}

const ofBranch = 'app_branch=(--app-id "$app" "--branch-name=$BRANCH")';

const startJob = [
  'job=$(aws amplify start-job "${app_branch[@]}" --job-type RELEASE --query jobSummary.jobId --output text)',
];

const upload = [
  "created=$(aws amplify create-deployment \"${app_branch[@]}\" --query '[jobId, zipUploadUrl]' --output text)",
  "job=${created%%[[:space:]]*}",
  'archive="$(mktemp -d)/site.zip"',
  '(cd "$SOURCE_PATH" && zip -qr "$archive" .)',
  'curl --fail --silent --show-error --header "Content-Type: application/zip" --upload-file "$archive" "${created##*[[:space:]]}"',
  'aws amplify start-deployment "${app_branch[@]}" --job-id "$job" --query jobSummary.status --output text',
];

const waiting = poll({
  reads:
    'aws amplify get-job "${app_branch[@]}" --job-id "$job" --query job.summary.status --output text',
  done: "SUCCEED",
  failed: ["FAILED", "CANCELLED"],
  what: "Amplify job $job",
  minutes: 30,
});

const started = [
  "# The role may not look at jobs. Give the app may: [release, upload], and make this file again.",
  'echo "Started only: the role may not look whether job $job ends well."',
];

/** A pipeline of one of the app's other branches has nothing to release here. */
const skip = [
  'if [ "${CIRCLE_BRANCH:-}" != "$BRANCH" ] && printf \'%s\\n\' "$OTHER_BRANCHES" | grep -Fxq -e "${CIRCLE_BRANCH:-}"; then',
  '  echo "This pipeline is of another branch of the app."',
  "  exit 0",
  "fi",
];

const pipelinesBranch = [
  "# The document names no branch: the branch of the pipeline is released. A tag has none.",
  "BRANCH=${CIRCLE_BRANCH:?is not set}",
];

function releaseJob({
  target,
  branch,
  given,
}: {
  readonly target: Target;
  readonly branch: string | null;
  readonly given: Given<"amplify">;
}): TargetJob {
  const { app, appId, branches } = target;
  const way = wayOf(target);
  const waits = way.kind === "start-job" || way.follows;
  const variable = given.variableOf("AWS_AMPLIFY_APP_ID", [app, appId]);
  const others = branches === "every" ? [] : branches.filter((other) => other !== branch);
  const what =
    branch === null ? `the Amplify app ${app}` : `branch ${branch} of the Amplify app ${app}`;
  return {
    name: `release-amplify-${slugOf(app)}${branch === null ? "" : `-${slugOf(branch)}`}`,
    description: waits
      ? `Releases ${what} and waits until that is done`
      : `Only starts a release of ${what}`,
    component: app,
    stage: { kind: "deploy", repository: null },
    needs: way.kind === "upload" ? ["checkout"] : [],
    path:
      way.kind === "upload"
        ? { description: "The folder with the built site", fallback: "dist" }
        : null,
    variables: [variable],
    values: new Map([
      ...(branch === null ? [] : [["BRANCH", branch] as const]),
      ...(others.length === 0 ? [] : [["OTHER_BRANCHES", others.join("\n")] as const]),
    ]),
    step: {
      name: waits ? "Release and wait" : "Start a release",
      command: script(
        take("app", variable),
        ...(branch === null ? pipelinesBranch : []),
        ...(others.length === 0 ? [] : skip),
        ofBranch,
        ...(way.kind === "upload" ? upload : startJob),
        ...(waits ? waiting : started),
      ),
    },
    waits,
  };
}
