/**
 * What jobs may do since something changed in AWS and no document did: more than a target made anew
 * brings, so it is told.
 */

/** A role that a service passes and did not pass before. */
export type NewlyPassed = {
  /** `CLUSTER/SERVICE`, or the name of an App Runner service. */
  readonly service: string;
  /** ARN. */
  readonly role: string;
  /** The service principal that it is passed to. */
  readonly to: string;
};

/** An app that is released in another way since it lost its repository or got one. */
export type NewlyReleased = {
  readonly app: string;
  readonly hasRepository: boolean;
  readonly action: string;
  readonly resource: string;
};
