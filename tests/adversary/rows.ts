import type { AlertKind } from "../../shared/report/report.ts";
import { otherOrganization, shop, shopMain, wiki } from "../scenarios/documents.ts";
import {
  type Edit,
  pinned,
  policyArn,
  start,
  startFor,
  startForBlog,
  startWith,
} from "./ground.ts";

/** What becomes of an edit that nobody approves. */
export type Verdict =
  /** Nothing is written, and the approver gets the alert. */
  | { readonly is: "held"; readonly alert: "trust-widening-held" | "permissions-widening-held" }
  /** Nobody gets in and nothing more is granted, and people are alerted. */
  | { readonly is: "reported"; readonly alert: AlertKind }
  /** It takes away or changes nothing; `because` argues it. */
  | { readonly is: "harmless"; readonly because: string };

/** One edit of one field of the start. */
export type Row = {
  /** As `leavesOf` spells it. */
  readonly field: string;
  readonly edit: string;
  readonly document: Edit;
  readonly verdict: Verdict;
};

const trustHeld = { is: "held", alert: "trust-widening-held" } as const;
const permissionsHeld = { is: "held", alert: "permissions-widening-held" } as const;
const reported = (alert: AlertKind): Verdict => ({ is: "reported", alert });
const harmless = (because: string): Verdict => ({ is: "harmless", because });

const otherPin = "a".repeat(40);

const circleciRows: readonly Row[] = [
  {
    field: "circleci.organizationId",
    edit: "another organisation",
    document: startWith("circleci", { organizationId: otherOrganization }),
    verdict: trustHeld,
  },
  {
    field: "circleci.audiences[]",
    edit: "one more",
    document: startWith("circleci", { audiences: ["deploy", "evil"] }),
    verdict: trustHeld,
  },
  {
    field: "circleci.audiences[]",
    edit: "none",
    document: startWith("circleci", { audiences: [] }),
    verdict: harmless("fewer tokens count"),
  },
  {
    field: "circleci.thumbprints[]",
    edit: "another",
    document: startWith("circleci", { thumbprints: [otherPin] }),
    verdict: trustHeld,
  },
  {
    field: "circleci.thumbprints[]",
    edit: "one more",
    document: startWith("circleci", { thumbprints: [pinned, otherPin] }),
    verdict: trustHeld,
  },
  {
    field: "circleci.thumbprints[]",
    edit: "none, so that IAM's own list counts",
    document: startWith("circleci", { thumbprints: [] }),
    verdict: trustHeld,
  },
];

const trustRows: readonly Row[] = [
  {
    field: "trust.projects",
    edit: "the word all",
    document: startWith("trust", { projects: "all" }),
    verdict: trustHeld,
  },
  {
    field: "trust.projects[].id",
    edit: "another project",
    document: startFor({ id: wiki }),
    verdict: trustHeld,
  },
  {
    field: "trust.projects[].id",
    edit: "one more",
    document: startWith("trust", { projects: [...start.trust.projects, { id: wiki }] }),
    verdict: trustHeld,
  },
  {
    field: "trust.projects[].id",
    edit: "one less",
    document: startWith("trust", { projects: [shopMain] }),
    verdict: harmless("fewer jobs get in"),
  },
  {
    field: "trust.projects[].id",
    edit: "one less, and the same id in capitals",
    document: startWith("trust", { projects: [{ ...shopMain, id: shop.toUpperCase() }] }),
    verdict: harmless("ids are read in lower case, as CircleCI writes them"),
  },
  {
    field: "trust.projects[].origin",
    edit: "a fork",
    document: startFor({ origin: "github.com/eve/shop" }),
    verdict: trustHeld,
  },
  {
    field: "trust.projects[].origin",
    edit: "none",
    document: startFor({ origin: undefined, refs: undefined }),
    verdict: trustHeld,
  },
  {
    field: "trust.projects[].refs[]",
    edit: "one more",
    document: startFor({ refs: ["refs/heads/main", "refs/heads/dev"] }),
    verdict: trustHeld,
  },
  {
    field: "trust.projects[].refs[]",
    edit: "a star at the end",
    document: startFor({ refs: ["refs/heads/*"] }),
    verdict: trustHeld,
  },
  {
    field: "trust.projects[].refs[]",
    edit: "none, so that every ref counts",
    document: startFor({ refs: undefined }),
    verdict: trustHeld,
  },
  {
    field: "trust.projects[].until",
    edit: "a year later",
    document: startForBlog({ until: "2028-11-22T10:00:00Z" }),
    verdict: trustHeld,
  },
  {
    field: "trust.projects[].until",
    edit: "none",
    document: startForBlog({ until: undefined }),
    verdict: trustHeld,
  },
  {
    field: "trust.projects[].until",
    edit: "already over",
    document: startForBlog({ until: "2026-11-01T10:00:00Z" }),
    verdict: harmless("the entry ends sooner"),
  },
];

const roleRows: readonly Row[] = [
  {
    field: "role.name",
    edit: "a free name",
    document: startWith("role", { name: "CircleCI-New" }),
    verdict: reported("mode-changed"),
  },
  {
    field: "role.name",
    edit: "another team's role",
    document: startWith("role", { name: "CircleCI-Legacy" }),
    verdict: trustHeld,
  },
  {
    field: "role.name",
    edit: "the same in another case",
    document: startWith("role", { name: "CircleCI-oidc-role" }),
    verdict: reported("conflict"),
  },
  {
    field: "role.name",
    edit: "the function's own role, which is outside of the installation's names",
    document: startWith("role", { name: "oidc-reconciler-prod-reconcile" }),
    verdict: reported("spec-invalid"),
  },
  {
    field: "role.path",
    edit: "another path, which is outside of the installation's names",
    document: startWith("role", { path: "/ci/" }),
    verdict: reported("spec-invalid"),
  },
  {
    field: "role.maxSessionSeconds",
    edit: "twelve hours",
    document: startWith("role", { maxSessionSeconds: 43_200 }),
    verdict: permissionsHeld,
  },
  {
    field: "role.maxSessionSeconds",
    edit: "one hour",
    document: startWith("role", { maxSessionSeconds: 3600 }),
    verdict: harmless("sessions end sooner"),
  },
  {
    field: "role.permissionsBoundary",
    edit: "none",
    document: startWith("role", { permissionsBoundary: undefined }),
    verdict: permissionsHeld,
  },
  {
    field: "role.permissionsBoundary",
    edit: "a wider one",
    document: startWith("role", { permissionsBoundary: policyArn("other-boundary") }),
    verdict: permissionsHeld,
  },
  {
    field: "role.permissionsBoundary",
    edit: "one that does not exist",
    document: startWith("role", { permissionsBoundary: policyArn("CircleCI-Typo") }),
    verdict: permissionsHeld,
  },
  {
    field: "role.permissionsBoundary",
    edit: "a narrower one",
    document: startWith("role", { permissionsBoundary: policyArn("narrow-boundary") }),
    verdict: harmless("the boundary is proved to grant less"),
  },
  {
    field: "role.tags.*",
    edit: "another value",
    document: startWith("role", { tags: { team: "admins" } }),
    verdict: permissionsHeld,
  },
  {
    field: "role.tags.*",
    edit: "one more",
    document: startWith("role", { tags: { team: "platform", admin: "true" } }),
    verdict: permissionsHeld,
  },
  {
    field: "role.tags.*",
    edit: "none, where a Deny may ask for it",
    document: startWith("role", { tags: {} }),
    verdict: permissionsHeld,
  },
  {
    field: "role.ignoreTags[]",
    edit: "a tag that others may set from now on",
    document: startWith("role", { tags: { team: "platform" }, ignoreTags: ["team*"] }),
    verdict: permissionsHeld,
  },
];

const deployRows: readonly Row[] = [
  {
    field: "policy.name",
    edit: "a free name",
    document: startWith("policy", { name: "CircleCI-New-Policy" }),
    verdict: reported("mode-changed"),
  },
  {
    field: "policy.name",
    edit: "a policy that another role has",
    document: startWith("policy", { name: "CircleCI-Shared" }),
    verdict: reported("conflict"),
  },
  {
    field: "policy.name",
    edit: "the boundary of its own role",
    document: startWith("policy", { name: "CircleCI-Boundary" }),
    verdict: reported("conflict"),
  },
  {
    field: "policy.name",
    edit: "a policy that nobody uses",
    document: startWith("policy", { name: "CircleCI-Loose" }),
    verdict: reported("mode-changed"),
  },
  {
    field: "policy.name",
    edit: "one outside of the installation's names",
    document: startWith("policy", { name: "AdministratorAccess" }),
    verdict: reported("spec-invalid"),
  },
  {
    field: "policy.readOutputs",
    edit: "true",
    document: startWith("policy", { readOutputs: true }),
    verdict: permissionsHeld,
  },
  {
    field: "policy.readOutputs",
    edit: "false, as it is anyway",
    document: startWith("policy", { readOutputs: false }),
    verdict: harmless("nobody may read them without the field either"),
  },
  {
    field: "deploy.region",
    edit: "another Region",
    document: startWith("deploy", { region: "eu-west-1" }),
    verdict: permissionsHeld,
  },
  {
    field: "deploy.ecr[]",
    edit: "one more",
    document: startWith("deploy", { ecr: ["demo-backend", "other"] }),
    verdict: permissionsHeld,
  },
  {
    field: "deploy.ecr[]",
    edit: "one that does not exist yet",
    document: startWith("deploy", { ecr: ["demo-backend", "ghost"] }),
    verdict: permissionsHeld,
  },
  {
    field: "deploy.ecr[].repository",
    edit: "another, as a mapping",
    document: startWith("deploy", { ecr: [{ repository: "other" }] }),
    verdict: permissionsHeld,
  },
  {
    field: "deploy.ecr[].repository",
    edit: "the same, as a mapping",
    document: startWith("deploy", { ecr: [{ repository: "demo-backend" }] }),
    verdict: harmless("a mapping without words means what the name alone means"),
  },
  {
    field: "deploy.ecr[].may[]",
    edit: "a word more",
    document: startWith("deploy", {
      ecr: [{ repository: "demo-backend", may: ["push", "read-images"] }],
    }),
    verdict: permissionsHeld,
  },
  {
    field: "deploy.ecr[].may[]",
    edit: "another word",
    document: startWith("deploy", { ecr: [{ repository: "demo-backend", may: ["read-images"] }] }),
    verdict: permissionsHeld,
  },
  {
    field: "deploy.appRunner[]",
    edit: "one more",
    document: startWith("deploy", { appRunner: ["demo-backend", "other"] }),
    verdict: permissionsHeld,
  },
  {
    field: "deploy.appRunner[]",
    edit: "none",
    document: startWith("deploy", { appRunner: [] }),
    verdict: harmless("less is granted"),
  },
  {
    field: "deploy.appRunner[].service",
    edit: "another, as a mapping",
    document: startWith("deploy", { appRunner: [{ service: "other-service" }] }),
    verdict: permissionsHeld,
  },
  {
    field: "deploy.appRunner[].may[]",
    edit: "watch beside deploy",
    document: startWith("deploy", {
      appRunner: [{ service: "demo-backend", may: ["deploy", "watch"] }],
    }),
    verdict: permissionsHeld,
  },
  {
    field: "deploy.appRunner[].may[]",
    edit: "update, with the roles that it passes",
    document: startWith("deploy", {
      appRunner: [{ service: "demo-backend", may: ["deploy", "update"] }],
    }),
    verdict: permissionsHeld,
  },
  {
    field: "deploy.appRunner[].may[]",
    edit: "a word of another part",
    document: startWith("deploy", {
      appRunner: [{ service: "demo-backend", may: ["deploy", "push"] }],
    }),
    verdict: reported("spec-invalid"),
  },
  {
    field: "deploy.ecsExpress[]",
    edit: "one more, with the roles that it passes",
    document: startWith("deploy", { ecsExpress: ["demo-backend"] }),
    verdict: permissionsHeld,
  },
  {
    field: "deploy.ecs[]",
    edit: "one more, with its task definitions and the roles that it passes",
    document: startWith("deploy", { ecs: ["default/demo-backend"] }),
    verdict: permissionsHeld,
  },
  {
    field: "deploy.ecs[]",
    edit: "one without its cluster",
    document: startWith("deploy", { ecs: ["demo-backend"] }),
    verdict: reported("spec-invalid"),
  },
  {
    field: "deploy.lambda[]",
    edit: "a function whose code jobs may then replace",
    document: startWith("deploy", { lambda: ["demo-worker"] }),
    verdict: permissionsHeld,
  },
  {
    field: "deploy.amplify[]",
    edit: "the name alone, so that every branch counts",
    document: startWith("deploy", { amplify: ["demo-frontend"] }),
    verdict: permissionsHeld,
  },
  {
    field: "deploy.amplify[].may[]",
    edit: "upload beside release",
    document: startWith("deploy", {
      amplify: [{ app: "demo-frontend", branches: ["main"], may: ["release", "upload"] }],
    }),
    verdict: permissionsHeld,
  },
  {
    field: "deploy.amplify[].may[]",
    edit: "what it means anyway",
    document: startWith("deploy", {
      amplify: [{ app: "demo-frontend", branches: ["main"], may: ["release"] }],
    }),
    verdict: harmless("release is what an entry without words means"),
  },
  {
    field: "deploy.amplify[].app",
    edit: "another app",
    document: startWith("deploy", { amplify: [{ app: "other", branches: ["main"] }] }),
    verdict: permissionsHeld,
  },
  {
    field: "deploy.amplify[].branches[]",
    edit: "one more",
    document: startWith("deploy", {
      amplify: [{ app: "demo-frontend", branches: ["main", "dev"] }],
    }),
    verdict: permissionsHeld,
  },
  {
    field: "deploy.amplify[].branches[]",
    edit: "none, so that every branch counts",
    document: startWith("deploy", { amplify: [{ app: "demo-frontend" }] }),
    verdict: permissionsHeld,
  },
];

const guardRows: readonly Row[] = [
  {
    field: "mode",
    edit: "observe",
    document: { ...start, mode: "observe" },
    verdict: reported("mode-changed"),
  },
  {
    field: "mode",
    edit: "suspend",
    document: { ...start, mode: "suspend" },
    verdict: reported("mode-changed"),
  },
  {
    field: "onWiden",
    edit: "apply",
    document: { ...start, onWiden: "apply" },
    verdict: trustHeld,
  },
  {
    field: "onWiden",
    edit: "apply, and everybody with it",
    document: { ...start, onWiden: "apply", trust: { projects: "all" } },
    verdict: trustHeld,
  },
  {
    field: "onWiden.trust",
    edit: "apply",
    document: { ...start, onWiden: { trust: "apply" } },
    verdict: trustHeld,
  },
  {
    field: "onWiden.permissions",
    edit: "apply",
    document: { ...start, onWiden: { permissions: "apply" } },
    verdict: permissionsHeld,
  },
  {
    field: "onRemove",
    edit: "delete",
    document: { ...start, onRemove: "delete" },
    verdict: reported("mode-changed"),
  },
];

/** Rows by the part of the document that they edit. */
export const rows = { circleciRows, trustRows, roleRows, deployRows, guardRows } as const;
