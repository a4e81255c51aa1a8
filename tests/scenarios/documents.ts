/** Ids that the documents and tokens of the scenarios share. */
export const organization = "11111111-2222-4333-8444-555555555555";
export const otherOrganization = "66666666-7777-4888-8999-aaaaaaaaaaaa";
export const shop = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee";
export const blog = "bbbbbbbb-cccc-4ddd-8eee-ffffffffffff";
export const wiki = "cccccccc-dddd-4eee-8fff-000000000000";
export const somebody = "99999999-8888-4777-8666-555555555555";

export const roleName = "CircleCI-OIDC-Role";
export const policyName = "CircleCI-Deployment-Policy";

export type Project = {
  readonly id: string;
  readonly origin?: string;
  readonly refs?: readonly string[];
  readonly until?: string;
};

/** An entry of `deploy` with what jobs may do there; any text, so that wrong words can be tried. */
type WithWords<Entry> = Entry & { readonly may?: readonly string[] };

/** A document as people write it: only what differs from the defaults. */
export type Written = {
  readonly circleci?: {
    readonly organizationId: string;
    readonly audiences?: readonly string[];
    readonly thumbprints?: readonly string[];
  };
  readonly trust?: { readonly projects: "all" | readonly Project[] };
  readonly role?: {
    readonly name?: string;
    readonly path?: string;
    readonly maxSessionSeconds?: number;
    readonly permissionsBoundary?: string;
    readonly ignoreTags?: readonly string[];
    readonly tags?: Readonly<Record<string, string>>;
  };
  readonly policy?: { readonly name?: string; readonly readOutputs?: boolean };
  readonly deploy?: {
    readonly region?: string;
    readonly ecr?: readonly (string | WithWords<{ readonly repository: string }>)[];
    readonly appRunner?: readonly (string | WithWords<{ readonly service: string }>)[];
    readonly ecsExpress?: readonly string[];
    readonly ecs?: readonly string[];
    readonly lambda?: readonly string[];
    readonly amplify?: readonly (
      | string
      | WithWords<{ readonly app: string; readonly branches?: readonly string[] }>
    )[];
  };
  readonly mode?: "enforce" | "observe" | "suspend";
  readonly onWiden?:
    | "hold"
    | "apply"
    | { readonly trust?: "hold" | "apply"; readonly permissions?: "hold" | "apply" };
  readonly onRemove?: "retain" | "delete";
};

export const shopMain: Project = {
  id: shop,
  origin: "github.com/acme/shop",
  refs: ["refs/heads/main"],
};

export const shopMainAndDev: Project = { ...shopMain, refs: ["refs/heads/main", "refs/heads/dev"] };

/** The guide's environment: one project's main branch deploys to the seeded targets. */
export const guide: Written = {
  circleci: { organizationId: organization },
  trust: { projects: [shopMain] },
  deploy: {
    ecr: ["demo-backend"],
    appRunner: ["demo-backend"],
    amplify: [{ app: "demo-frontend", branches: ["main"] }],
  },
};

/** The guide's environment with some members replaced. */
export function guideWith(changes: Written): Written {
  return { ...guide, ...changes };
}

/** The same environment under a role and a policy of its own. */
export function guideAs(name: string, changes: Written = {}): Written {
  return guideWith({
    role: { name: `CircleCI-${name}-Role` },
    policy: { name: `CircleCI-${name}-Policy` },
    ...changes,
  });
}

/** The guide's environment that lets these projects in. */
export function guideFor(...projects: readonly Project[]): Written {
  return guideWith({ trust: { projects } });
}

/** JSON is YAML, so this is a document as an editor might save it. */
export function textOf(document: Written): string {
  return JSON.stringify(document, null, 2);
}
