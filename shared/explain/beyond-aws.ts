/**
 * What AWS never sees of a CircleCI job, so that only CircleCI's own settings help, with the setting
 * that does. The key is what `circleci check` calls the gap.
 */
export const beyondAws = {
  context:
    "Which context a job uses: restrict the context itself to the project, by an expression or a group.",
  "ssh-rerun":
    'Whether somebody reruns the job with SSH: restrict the context with "not job.ssh.enabled".',
  "unversioned-config":
    'Whether the config was ever in the branch: switch off "Trigger pipelines with unversioned config".',
  forks:
    'Forked pull requests, where no origin is named: switch off "Pass secrets to builds from forked pull requests".',
} as const;

export type Gap = keyof typeof beyondAws;
