import {
  blog,
  organization,
  otherOrganization,
  policyName,
  roleName,
  shopMain,
  shopMainAndDev,
  type Written,
} from "../scenarios/documents.ts";
import { boundaries } from "./targets.ts";

/** A document that says one thing in another way than the usual one. */
export type Form = { readonly form: string; readonly document: Written };

const pinned = "9e99a48a9960b14926bb7f3b02e22da2b0ab7280";

export const usual: Written = {
  circleci: { organizationId: organization },
  trust: { projects: [shopMain] },
  role: { name: roleName },
  policy: { name: policyName },
  deploy: {
    ecr: ["demo-backend"],
    appRunner: ["demo-backend"],
    amplify: [{ app: "demo-frontend", branches: ["main"] }],
  },
};

const circleci = (changes: Partial<NonNullable<Written["circleci"]>>): Written => ({
  circleci: { organizationId: organization, ...changes },
});
const projects = (listed: NonNullable<Written["trust"]>["projects"]): Written => ({
  trust: { projects: listed },
});
const role = (changes: Written["role"]): Written => ({ role: { name: roleName, ...changes } });
const deploy = (changes: Written["deploy"]): Written => ({
  deploy: { ...usual.deploy, ...changes },
});
const otherRole = { role: { name: "CircleCI-Second-Role" } };
const otherPolicy = { policy: { name: "CircleCI-Second-Policy" } };
const gone = { onRemove: "delete" } as const;

const changes: Readonly<Record<string, Written>> = {
  usual: {},
  observe: { mode: "observe" },
  suspend: { mode: "suspend" },
  "onWiden apply": { onWiden: "apply" },
  "onWiden trust apply": { onWiden: { trust: "apply" } },
  "onWiden permissions apply": { onWiden: { permissions: "apply" } },
  "onRemove delete": gone,
  "role renamed": otherRole,
  "role renamed, delete": { ...otherRole, ...gone },
  "policy renamed": otherPolicy,
  "policy renamed, delete": { ...otherPolicy, ...gone },
  "both renamed": { ...otherRole, ...otherPolicy },
  "both renamed, delete": { ...otherRole, ...otherPolicy, ...gone },
  "another path": role({ path: "/CircleCI-team/" }),
  "another organisation": circleci({ organizationId: otherOrganization }),
  "another organisation, delete": { ...circleci({ organizationId: otherOrganization }), ...gone },
  "every project": projects("all"),
  "two projects": projects([shopMain, { id: blog, origin: "github.com/acme/blog" }]),
  "two refs": projects([shopMainAndDev]),
  "a pattern of refs": projects([{ ...shopMain, refs: ["refs/heads/feature/*"] }]),
  "no refs": projects([{ id: shopMain.id, origin: "github.com/acme/shop" }]),
  "no origin": projects([{ id: shopMain.id }]),
  "until later": projects([shopMain, { id: blog, until: "2027-01-01T00:00:00Z" }]),
  "until soon": projects([shopMain, { id: blog, until: "2026-11-22T10:00:04Z" }]),
  "a second repository": deploy({ ecr: ["demo-backend", "second"] }),
  "a repository that may be read": deploy({
    ecr: [{ repository: "demo-backend", may: ["push", "read-images"] }],
  }),
  "a repository only to read": deploy({
    ecr: [{ repository: "demo-backend", may: ["read-images"] }],
  }),
  "a repository that is missing": deploy({ ecr: ["demo-backend", "ghost"] }),
  "no repository": deploy({ ecr: [] }),
  "a service to watch": deploy({
    appRunner: [{ service: "demo-backend", may: ["deploy", "watch"] }],
  }),
  "a service to update": deploy({
    appRunner: [{ service: "demo-backend", may: ["deploy", "update"] }],
  }),
  "no service": deploy({ appRunner: [] }),
  "every branch": deploy({ amplify: ["demo-frontend"] }),
  "another branch": deploy({ amplify: [{ app: "demo-frontend", branches: ["dev"] }] }),
  "a branch to upload": deploy({
    amplify: [{ app: "demo-frontend", branches: ["main"], may: ["release", "upload"] }],
  }),
  "no app": deploy({ amplify: [] }),
  "an Express service": deploy({ ecsExpress: ["express"] }),
  "an ECS service": deploy({ ecs: ["shop/web"] }),
  "a Lambda function": deploy({ lambda: ["demo-worker"] }),
  "only a Lambda function": { deploy: { lambda: ["demo-worker"] } },
  "another Region": { deploy: { region: "eu-west-1", ecr: ["demo-backend"] } },
  "a wide boundary": role({ permissionsBoundary: boundaries.wide }),
  "a narrow boundary": role({ permissionsBoundary: boundaries.narrow }),
  tags: role({ tags: { team: "platform" } }),
  "other tags": role({ tags: { team: "payments", cost: "42" } }),
  "tags that others may set": role({ ignoreTags: ["team", "cost*"] }),
  "a longer session": role({ maxSessionSeconds: 7200 }),
  "the longest session": role({ maxSessionSeconds: 43_200 }),
  "an audience": circleci({ audiences: ["deploy"] }),
  "other audiences": circleci({ audiences: ["release", "sts.amazonaws.com"] }),
  "a thumbprint": circleci({ thumbprints: [pinned] }),
  "other thumbprints": circleci({ thumbprints: ["a".repeat(40), "b".repeat(40)] }),
  "outputs to read": { policy: { name: policyName, readOutputs: true } },
};

/** Every field of the document in every way that matters to what is written. */
export const forms: readonly Form[] = Object.entries(changes).map(([form, each]) => ({
  form,
  document: { ...usual, ...each },
}));
