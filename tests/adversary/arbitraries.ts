import fc from "fast-check";
import {
  blog,
  organization,
  otherOrganization,
  policyName,
  roleName,
  shopMain,
  shopMainAndDev,
  wiki,
} from "../scenarios/documents.ts";
import { type Edit, hour, pinned, policyArn, start } from "./ground.ts";

/** What is beside the start: another team's environment that shares the provider. */
export const staging: Edit = {
  circleci: { organizationId: organization },
  trust: { projects: [{ id: wiki, origin: "github.com/acme/wiki", refs: ["refs/heads/main"] }] },
  role: { name: "CircleCI-Staging" },
  policy: { name: "CircleCI-Staging-Policy" },
  deploy: { ecr: ["other"] },
};

/** One step of an editor, or of time. */
export type Step =
  | { readonly do: "put"; readonly environment: string; readonly document: Edit }
  | { readonly do: "put 101 times"; readonly environment: string; readonly document: Edit }
  | { readonly do: "put to expire"; readonly environment: string; readonly document: Edit }
  | { readonly do: "put back"; readonly environment: string }
  | { readonly do: "delete"; readonly environment: string }
  | { readonly do: "wait"; readonly hours: number }
  | { readonly do: "run"; readonly by: "schedule" | "event" };

/** The start's own value most of the time, so that documents differ in a few fields. */
function mostly<T>(usual: T, ...others: readonly T[]): fc.Arbitrary<T> {
  return fc.oneof(
    { weight: 4, arbitrary: fc.constant(usual) },
    { weight: 1, arbitrary: fc.constantFrom(usual, ...others) },
  );
}

const [shop, ended] = start.trust.projects;

const circleci = fc.record({
  organizationId: mostly<string>(organization, otherOrganization),
  audiences: mostly<readonly string[]>(["deploy"], [], ["deploy", "evil"], ["evil"]),
  thumbprints: mostly<readonly string[]>([pinned], [], [pinned, "a".repeat(40)], ["b".repeat(40)]),
});

const projects = mostly<unknown>(
  start.trust.projects,
  "all",
  [shopMain],
  [shopMainAndDev, ended],
  [shop, { ...ended, until: "2029-01-01T00:00:00Z" }],
  [shop, { id: blog, origin: "github.com/acme/blog", refs: ["refs/heads/*"] }],
  [{ ...shopMain, origin: "github.com/eve/shop" }],
  [{ id: wiki }],
);

const role = fc.record(
  {
    name: mostly<string>(
      roleName,
      "CircleCI-New",
      "CircleCI-Legacy",
      "CircleCI-Staging",
      "CircleCI-oidc-role",
      "Elsewhere",
    ),
    path: mostly<string>("/", "/ci/"),
    maxSessionSeconds: mostly(7200, 3600, 43_200),
    permissionsBoundary: mostly<string | undefined>(
      policyArn("CircleCI-Boundary"),
      undefined,
      policyArn("other-boundary"),
      policyArn("narrow-boundary"),
      policyArn("CircleCI-Typo"),
      policyArn(policyName),
      policyArn("CircleCI-Staging-Policy"),
    ),
    tags: mostly<Edit>({ team: "platform" }, {}, { team: "admins" }, { Team: "platform" }),
  },
  { noNullPrototype: true },
);

const policy = mostly<Edit>(
  { name: policyName },
  { name: "CircleCI-New-Policy" },
  { name: "CircleCI-Shared" },
  { name: "CircleCI-Loose" },
  { name: "CircleCI-Boundary" },
  { name: "CircleCI-Staging-Policy" },
);

const deploy = fc.record({
  region: mostly("us-east-1", "eu-west-1"),
  ecr: mostly<readonly unknown[]>(
    ["demo-backend"],
    [],
    ["demo-backend", "other"],
    ["ghost"],
    [{ repository: "demo-backend", may: ["read-images"] }],
  ),
  appRunner: mostly<readonly unknown[]>(
    ["demo-backend"],
    [],
    ["other-service"],
    [{ service: "demo-backend", may: ["deploy", "update"] }],
  ),
  ecsExpress: mostly<readonly string[]>([], ["demo-backend"]),
  ecs: mostly<readonly string[]>([], ["default/demo-backend"]),
  lambda: mostly<readonly string[]>([], ["demo-worker"]),
  amplify: mostly<readonly unknown[]>(
    [{ app: "demo-frontend", branches: ["main"] }],
    [{ app: "demo-frontend" }],
    [{ app: "demo-frontend", branches: ["dev"] }],
    [{ app: "demo-frontend", branches: ["main"], may: ["upload"] }],
    [],
  ),
});

/** A document that differs from the start in some fields, or says nothing that is understood. */
export const documents: fc.Arbitrary<Edit> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      circleci,
      trust: projects.map((listed) => ({ projects: listed })),
      role,
      policy,
      deploy,
      mode: mostly("enforce", "observe", "suspend"),
      onWiden: mostly<unknown>("hold", "apply", { trust: "apply" }, { permissions: "apply" }),
      onRemove: mostly("retain", "delete"),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ nothing: "understood" }) },
);

const environment = fc.oneof(
  { weight: 4, arbitrary: fc.constant("production") },
  { weight: 1, arbitrary: fc.constantFrom("staging", "evil") },
);

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant("put" as const), environment, document: documents }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constantFrom("put 101 times" as const, "put to expire" as const),
      environment,
      document: documents,
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("put back" as const), environment }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("delete" as const), environment }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("wait" as const),
      hours: fc.constantFrom(1, 2, 13, 24),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("run" as const),
      by: fc.constantFrom("schedule" as const, "event" as const),
    }),
  },
);

export const sequences = fc.array(step, { minLength: 2, maxLength: 12 });

export const hours = (count: number) => count * hour;
