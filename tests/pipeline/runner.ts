import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { ReadJob } from "./pipelines.ts";

/** How a job ended, and which calls it made: each as its words, in order. */
export type Ran = {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  readonly calls: readonly (readonly string[])[];
};

export type Given = {
  /** Variables of the project, of a context, and of CircleCI. */
  readonly variables?: Readonly<Record<string, string>>;
  /**
   * What the programs answer, by `aws SERVICE COMMAND` or by their name: the first call the first, and
   * any further call the last. `exit N` fails. A call without an answer fails the job.
   */
  readonly answers?: Readonly<Record<string, readonly string[]>>;
};

/** Notes the call, and answers what the test has put down for it. */
const program = `#!/usr/bin/env bash
set -euo pipefail
self=\${0##*/}
# In one write, which a line break would end: two programs of a pipe note their calls at the same time.
printf '%s\\0' "$self" "$@" $'\\x1e' >> "$FAKE/calls"
name=$self
if [ "$self" = aws ]; then
  name="aws $1 $2"
  if [ "$2" = wait ]; then name="$name $3"; fi
fi
if [ "$self" = docker ] || [ "$self" = circleci ]; then name="$self $1"; fi
file="$FAKE/answers/$name"
if [ ! -e "$file" ]; then echo "nobody answers $name" >&2; exit 99; fi
mapfile -t answers < "$file"
count=0
if [ -e "$file.count" ]; then read -r count < "$file.count"; fi
echo $((count + 1)) > "$file.count"
answer=\${answers[count]-\${answers[-1]}}
case "$answer" in
  'exit '*) echo "$name was refused" >&2; exit "\${answer#exit }" ;;
esac
if [ "$name" = "docker login" ]; then read -r _; fi
if [ "$answer" != - ]; then printf '%s\\n' "$answer"; fi
`;

const programs = ["aws", "docker", "circleci", "curl", "zip", "sleep"];
/** Those that answer nothing unless a test says something else. */
const silent = {
  "docker login": ["-"],
  "docker build": ["-"],
  "docker tag": ["-"],
  "docker push": ["-"],
  curl: ["-"],
  zip: ["-"],
  sleep: ["-"],
  "circleci run": ["-"],
};

/** Runs the scripts of a job one after another, as CircleCI does, with programs that only answer. */
export function run(job: ReadJob, { variables = {}, answers = {} }: Given = {}): Ran {
  const folder = mkdtempSync(join(tmpdir(), "oidc-reconciler-job-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, "bin"));
  mkdirSync(join(folder, "answers"));
  for (const name of programs) {
    writeFileSync(join(folder, "bin", name), program);
    chmodSync(join(folder, "bin", name), 0o755);
  }
  for (const [name, lines] of Object.entries({ ...silent, ...answers })) {
    writeFileSync(join(folder, "answers", name), `${lines.join("\n")}\n`);
  }
  writeFileSync(join(folder, "calls"), "");
  writeFileSync(join(folder, "bash-env"), "");
  const env = {
    PATH: `${join(folder, "bin")}:${process.env["PATH"] ?? ""}`,
    FAKE: folder,
    TMPDIR: folder,
    BASH_ENV: join(folder, "bash-env"),
    CIRCLE_SHA1: "0123456789abcdef0123456789abcdef01234567",
    CIRCLE_JOB: "the-job",
    ...variables,
    ...environmentOf(job),
  };
  const said = { code: 0, out: "", err: "" };
  for (const step of job.steps) {
    if (typeof step === "string" || step.run === undefined) continue;
    const { command, when = "on_success" } = step.run;
    if ((when === "on_fail") !== (said.code !== 0)) continue;
    const ended = spawnSync("bash", ["-eo", "pipefail", "-c", command], {
      cwd: folder,
      env,
      encoding: "utf8",
      // From a socket, as a pipe of Node's is, bash would read somebody's ~/.bashrc.
      stdio: ["ignore", "pipe", "pipe"],
    });
    if (said.code === 0) said.code = ended.status ?? 1;
    said.out += ended.stdout;
    said.err += ended.stderr;
  }
  return { ...said, calls: callsIn(readFileSync(join(folder, "calls"), "utf8")) };
}

/** The variables of a job as CircleCI sets them: `\<<` is `<<`, and parameters have their defaults. */
function environmentOf({ environment }: ReadJob): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(environment).map(([name, value]) => [
      name,
      value === "<< parameters.path >>" ? "." : value.replaceAll("\\<<", "<<"),
    ]),
  );
}

function callsIn(text: string): readonly (readonly string[])[] {
  return text
    .split("\x1e\0")
    .slice(0, -1)
    .map((call) => call.split("\0").slice(0, -1));
}
