export const organizationId = "11111111-2222-4333-8444-555555555555";
export const projectId = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee";
export const otherProjectId = "bbbbbbbb-cccc-4ddd-8eee-ffffffffffff";
export const origin = "github.com/acme/shop";

export const environment = "production";
export const roleName = "CircleCI-OIDC-Role";
export const parameter = `/oidc-reconciler/environments/${environment}`;

/** What an edit changes: the branches, a second entry, the guard. */
type Edit = {
  readonly refs: readonly string[];
  readonly temporary?: { readonly ref: string; readonly until: string };
  readonly onWiden?: "hold" | "apply";
};

/** The environment's document as people write it. */
export function documentWith({ refs, temporary, onWiden }: Edit): string {
  const entry = (branches: readonly string[]) => [
    `    - id: ${projectId}`,
    `      origin: ${origin}`,
    `      refs: [${branches.join(", ")}]`,
  ];
  return [
    "circleci:",
    `  organizationId: ${organizationId}`,
    "trust:",
    "  projects:",
    ...entry(refs),
    ...(temporary === undefined ? [] : entry([temporary.ref])),
    ...(temporary === undefined ? [] : [`      until: ${temporary.until}`]),
    "deploy:",
    "  ecr: [demo-backend]",
    "  appRunner: [demo-backend]",
    "  amplify:",
    "    - app: demo-frontend",
    "      branches: [main]",
    ...(onWiden === undefined ? [] : [`onWiden: ${onWiden}`]),
    "",
  ].join("\n");
}
