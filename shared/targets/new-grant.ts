/** What jobs may do since something changed in AWS and no document did: it is reported. */
export type NewGrant = {
  /** What changed, as data: the same facts are reported once. */
  readonly facts: Readonly<Record<string, string | boolean>>;
  readonly action: string;
  readonly resource: string;
  readonly context: Readonly<Record<string, readonly string[]>>;
  /** For readers: what changed. */
  readonly reason: string;
};

/**
 * A role that a service passes and did not pass before.
 *
 * @param service as a reader knows it: `CLUSTER/SERVICE`, or a name alone
 * @param to the service principal that the role is passed to
 */
export function newlyPassed(service: string, role: string, to: string): NewGrant {
  return {
    facts: { service, role, to },
    action: "iam:PassRole",
    resource: role,
    context: { "iam:PassedToService": [to] },
    reason: `${service} now runs with ${role}`,
  };
}

/**
 * A family of task definitions that a service runs and did not run before: jobs may register its next
 * revision.
 */
export function newlyRegistered(service: string, taskFamilyArn: string): NewGrant {
  const family = taskFamilyArn.replace(/:\*$/, "");
  return {
    facts: { service, family },
    action: "ecs:RegisterTaskDefinition",
    resource: `${family}:1`,
    context: {},
    reason: `${service} now runs ${family}`,
  };
}
