import type {
  PageData,
  PageEnvironment,
  PageHistory,
  PageProject,
  PageTarget,
  PageVersion,
} from "../../shared/page/data.ts";

/** Pages that are made up, for pictures, for a browser and for tests. */

/** The moment at which generated pages are made. */
export const madeAt = "2026-11-20T09:30:00.000Z";

const day = 86_400_000;
const daysBefore = (days: number) => new Date(Date.parse(madeAt) - days * day).toISOString();

const organization = "11111111-2222-4333-8444-555555555555";
const account = "123456789012";
const region = "eu-central-1";

const names = ["production", "staging", "preview", "data", "payments", "search", "mobile", "admin"];
const services = ["shop", "billing", "search", "accounts", "images", "orders", "reports"];

/** A digit that looks like chance and is the same each time. */
function pick(at: number, salt: number, most: number): number {
  return ((at * 7919 + salt * 104_729 + 17) % 9973) % most;
}

function uuid(at: number): string {
  return `aaaaaaaa-bbbb-4ccc-8ddd-${at.toString(16).padStart(12, "0")}`;
}

function pad(at: number): string {
  return at.toString().padStart(4, "0");
}

/**
 * A page over so many environments: most of them ready, some held, some with an opening by hand,
 * some with a missing target. The first three are one of each.
 */
export function generatedPage(count: number): PageData {
  const environments = Array.from({ length: count }, (_, at) => environmentOf(at, count));
  const waiting = environments.filter(({ held }) => held !== null).length;
  return {
    madeAt,
    madeBy: "0.0.0",
    account,
    region,
    prefix: "/oidc-reconciler",
    heartbeat: {
      at: daysBefore(0.005),
      runId: "6f1f3f8e-0d5c-4f0e-9a51-6f5f6f1c0a11",
      trigger: "schedule",
      environments: count,
      outcomes: count === 1 ? { held: 1 } : { "in-sync": count - waiting, held: waiting },
      ageSeconds: 432,
    },
    isStale: false,
    staleAfterMinutes: 30,
    spoilt: [],
    environments,
    unmanaged: {
      unread: null,
      findings: [
        {
          code: "unmanaged-trust",
          severity: "critical",
          subject: `arn:aws:iam::${account}:role/legacy-deploy`,
          message: "legacy-deploy trusts CircleCI, and no environment manages it",
          next: "Bring the role under an environment, or remove it.",
        },
        {
          code: "ci-access-key",
          severity: "warning",
          subject: "user/circleci-deploy",
          message: "circleci-deploy has an active access key that ends in 7Q2X, made 412 days ago",
          next: "Let its pipelines use the role, and delete the key.",
        },
      ],
    },
    trail: { from: daysBefore(90), stopped: null },
  };
}

function environmentOf(at: number, count: number): PageEnvironment {
  const isHeld = at % 11 === 0;
  const isMissing = at % 13 === 1;
  const name =
    at < names.length ? (names[at] ?? "") : `${services[at % services.length]}-${pad(at)}`;
  const role = `CircleCI-${name}`;
  const applied = 3 + pick(at, 1, 9);
  // Where there are very many, few share anything.
  const own = count > 200 ? `-${pad(at)}` : "";
  const projects = projectsOf(at, own);
  const targets = targetsOf(at, isMissing, own);
  return {
    name,
    version: isHeld ? applied + 1 : applied,
    appliedVersion: applied,
    appliedDigest: `${uuid(at).replaceAll("-", "")}${uuid(at * 31 + 7).replaceAll("-", "")}`,
    heldVersion: isHeld ? applied + 1 : null,
    mode: "enforce",
    isSettled: !isHeld && !isMissing,
    conditions: conditionsOf({ isMissing, heldVersion: isHeld ? applied + 1 : null }, targets),
    held: isHeld ? holdOf(role, applied + 1, projects) : null,
    access: {
      kind: "known",
      role,
      roleArn: `arn:aws:iam::${account}:role/${role}`,
      organization,
      audiences: [organization],
      projects,
      targets,
    },
    trust: trustOf(role, projects, at),
    permissions: permissionsOf(targets),
    history: historyOf({ at, count, role, applied, isHeld }),
  };
}

function projectsOf(at: number, own: string): readonly PageProject[] {
  return Array.from({ length: 1 + pick(at, 2, 2) }, (_, index) => {
    const service = services[(at + index) % services.length] ?? "shop";
    return {
      id: uuid(own === "" ? (at + index) % services.length : at * 2 + index),
      origin: `github.com/acme/${service}${own}`,
      refs: index === 0 ? ["refs/heads/main"] : ["refs/heads/release/*", "refs/tags/v*"],
      until: index > 0 && at % 5 === 0 ? daysBefore(-40) : null,
      hasEnded: false,
    };
  });
}

function targetsOf(at: number, isMissing: boolean, own: string): readonly PageTarget[] {
  const service = services[at % services.length] ?? "shop";
  const arn = (rest: string) => `arn:aws:${rest}`;
  return [
    {
      noun: "ECR repository",
      name: `${service}/web${own}`,
      may: "push",
      arn: arn(`ecr:${region}:${account}:repository/${service}/web${own}`),
    },
    {
      noun: "ECS service",
      name: `main/${service}-${pad(at)}`,
      may: "",
      arn: isMissing ? null : arn(`ecs:${region}:${account}:service/main/${service}-${pad(at)}`),
    },
    ...(at % 3 === 0
      ? [
          {
            noun: "Amplify app",
            name: `${service}-site`,
            may: "release of main",
            arn: arn(`amplify:${region}:${account}:apps/d${uuid(at).slice(-12)}`),
          },
        ]
      : []),
  ];
}

function conditionsOf(
  { isMissing, heldVersion }: { readonly isMissing: boolean; readonly heldVersion: number | null },
  targets: readonly PageTarget[],
): PageEnvironment["conditions"] {
  const since = daysBefore(12);
  const holds = (reason: string) => ({ status: true, reason, message: "", since });
  const notReady = {
    status: false,
    reason: "NotReady",
    message: "not everything matches the newest version",
    since: daysBefore(2),
  };
  const lost = targets.find(({ arn }) => arn === null)?.name ?? "";
  return {
    SpecValid: holds("Valid"),
    ResourcesResolved: isMissing
      ? {
          status: false,
          reason: "Missing",
          message: `ECS service ${lost} does not exist`,
          since: daysBefore(2),
        }
      : holds("AllFound"),
    InSync: holds("InSync"),
    TrustAsIntended:
      heldVersion === null
        ? holds("AsIntended")
        : {
            status: false,
            reason: "Held",
            message: `version ${heldVersion} would admit more, and waits for approval`,
            since: daysBefore(1.5),
          },
    Ready: isMissing || heldVersion !== null ? notReady : holds("Ready"),
  };
}

function holdOf(
  role: string,
  version: number,
  [first]: readonly PageProject[],
): PageEnvironment["held"] {
  return {
    version,
    isApproved: false,
    says: [
      `jobs of project ${first?.id ?? ""}, ${first?.origin ?? ""}, refs/heads/* may assume ${role}`,
    ],
    example: `a job of project ${first?.id ?? ""} on branch feature/x, with sub = org/${organization}/project/${first?.id ?? ""}/user/99999999-8888-4777-8666-555555555555/vcs-origin/${first?.origin ?? ""}/vcs-ref/refs/heads/feature/x, could assume ${role}`,
  };
}

function trustOf(
  role: string,
  projects: readonly PageProject[],
  at: number,
): PageEnvironment["trust"] {
  const issuer = `oidc.circleci.com/org/${organization}`;
  const subjects = projects.flatMap(({ id, origin, refs }) =>
    refs.map(
      (ref) =>
        `org/${organization}/project/${id}/user/????????-????-????-????-????????????/vcs-origin/${origin}/vcs-ref/${ref}`,
    ),
  );
  return {
    source: "role",
    statements: [
      {
        effect: "Allow",
        who: `anyone who has a token of arn:aws:iam::${account}:oidc-provider/${issuer}`,
        actions: "sts:AssumeRoleWithWebIdentity",
        conditions: [
          `${issuer}:aud is ${organization}`,
          `${issuer}:sub is ${subjects.join(" or ")}`,
        ],
        nobody: null,
      },
    ],
    looseEnds:
      at % 17 === 2
        ? [
            {
              code: "branch-prefix",
              message: `The pattern of ${role} takes every branch whose name begins so, also one such as release-evil/x.`,
              example: subjects[0] ?? null,
            },
          ]
        : [],
    undecided: [],
    gaps: [
      {
        gap: "context",
        enforcedBy: "aws",
        setting:
          "only jobs of the named refs may assume the role, whichever context they use: their configuration is what is reviewed there",
        fix: null,
      },
      {
        gap: "ssh-rerun",
        enforcedBy: "unknown",
        setting: '"Disable SSH reruns" (Project Settings, Advanced) could not be read',
        fix: 'Turn on "Disable SSH reruns" (Project Settings, Advanced)',
      },
      {
        gap: "unversioned-config",
        enforcedBy: "unknown",
        setting: '"Trigger pipelines with unversioned config" could not be read',
        fix: 'Turn off "Trigger pipelines with unversioned config"',
      },
      {
        gap: "forks",
        enforcedBy: "aws",
        setting:
          "every project names its origin, and the token of a build of a fork carries the fork's",
        fix: null,
      },
    ],
  };
}

function permissionsOf(targets: readonly PageTarget[]): PageEnvironment["permissions"] {
  const actions: Readonly<Record<string, readonly string[]>> = {
    "ECR repository": [
      "ecr:BatchCheckLayerAvailability",
      "ecr:InitiateLayerUpload",
      "ecr:PutImage",
    ],
    "ECS service": ["ecs:UpdateService", "ecs:DescribeServices"],
    "Amplify app": ["amplify:StartJob", "amplify:GetJob"],
  };
  return [
    { resource: "*", actions: ["ecr:GetAuthorizationToken"] },
    ...targets.flatMap(({ noun, arn }) =>
      arn === null ? [] : [{ resource: arn, actions: actions[noun] ?? [] }],
    ),
  ];
}

function historyOf(given: {
  readonly at: number;
  readonly count: number;
  readonly role: string;
  readonly applied: number;
  readonly isHeld: boolean;
}): PageHistory {
  const { at, count, role, applied, isHeld } = given;
  const newest = isHeld ? applied + 1 : applied;
  const shown = Math.min(newest, count > 200 ? 3 : 20);
  const person = (who: string) =>
    `arn:aws:sts::${account}:assumed-role/AWSReservedSSO_Platform/${who}`;
  const versions = Array.from({ length: shown }, (_, index): PageVersion => {
    const version = newest - index;
    const age = 1.5 + index * 8 + pick(at, index, 7);
    const verdict = version === 1 ? "first" : index % 3 === 0 ? "widened" : "narrowed";
    const says = [`jobs of project ${uuid(at % 7)} may assume ${role}`];
    return {
      version,
      at: daysBefore(age),
      by: person(index % 2 === 0 ? "dana" : "robin"),
      state: isHeld && index === 0 ? "held" : version === applied ? "applied" : "older",
      verdict,
      gained: verdict === "widened" || verdict === "first" ? says : [],
      lost: verdict === "narrowed" ? says : [],
      other: [],
      problems: [],
      approval:
        version < newest && verdict === "widened"
          ? { at: daysBefore(age - 0.8), by: person("sam") }
          : null,
    };
  });
  const openings: PageHistory["openings"] =
    at % 9 === 2
      ? [
          {
            kind: "trust",
            says: `any job of organisation ${organization}, with sub = org/${organization}/project/${uuid(9)}/user/99999999-8888-4777-8666-555555555555, could assume ${role}`,
            by: person("kim"),
            openedAt: daysBefore(9.2),
            closedAt: daysBefore(9.198),
            closedBy: `arn:aws:sts::${account}:assumed-role/oidc-reconciler/reconcile`,
            seconds: 173,
          },
        ]
      : [];
  return { versions, olderVersions: newest - shown, unread: null, openings };
}
