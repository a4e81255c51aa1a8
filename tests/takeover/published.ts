import { account, within } from "../plan/targets.ts";
import {
  blog,
  condition,
  inline,
  issuer,
  jobs,
  managed,
  organization,
  other,
  policyText,
  provider,
  shop,
  type take,
} from "./taking.ts";

/** The statements of the guide's policy, on the targets of the tests. */
export const push = [
  "ecr:BatchCheckLayerAvailability",
  "ecr:GetDownloadUrlForLayer",
  "ecr:BatchGetImage",
  "ecr:PutImage",
  "ecr:InitiateLayerUpload",
  "ecr:UploadLayerPart",
  "ecr:CompleteLayerUpload",
];
export const login = {
  Sid: "ECRAuthToken",
  Effect: "Allow",
  Action: "ecr:GetAuthorizationToken",
  Resource: "*",
};
export const pushTo = (Resource: unknown) => ({ Effect: "Allow", Action: push, Resource });
const web = `${within("ecr")}repository/shop/web`;

export const guidePolicy = policyText(
  login,
  { Sid: "ECRPushImages", ...pushTo(web) },
  {
    Sid: "AppRunnerDeploy",
    Effect: "Allow",
    Action: ["apprunner:StartDeployment", "apprunner:DescribeService"],
    Resource: `${within("apprunner")}service/shop/*`,
  },
  {
    Sid: "AmplifyDeploy",
    Effect: "Allow",
    Action: ["amplify:StartJob", "amplify:GetJob"],
    Resource: `${within("amplify")}apps/d1front/*`,
  },
);

const ofShop = `org/${organization}/project/${shop}`;
const onMain = `${ofShop}/user/*/vcs-origin/github.com/acme/shop/vcs-ref/refs/heads/main`;

/** A role as people have it, and what taking it over has to say. */
export type Published = {
  readonly name: string;
  readonly given: Parameters<typeof take>[0];
  /** `trust.projects` of the document; null: no document can say whose jobs get in. */
  readonly projects: unknown;
  readonly deploy: object;
  /** Verdicts on trust and on permissions. */
  readonly verdicts: readonly [trust: string, permissions: string];
  /** One pattern for each sentence, in their order. */
  readonly notCarried: readonly RegExp[];
};

const guideTargets = { ecr: ["shop/web"], appRunner: ["shop"], amplify: ["front"] };
const allOfService =
  /AppRunnerDeploy\) grants apprunner:StartDeployment, .* on arn:.*service\/shop\/\*; the document grants it on the App Runner service that exists/;

/** CircleCI's pages "Using OpenID Connect tokens in jobs" and "OIDC tokens with custom claims". */
const circleci: readonly Published[] = [
  {
    name: "CircleCI's example for one project",
    given: { trust: policyText(jobs(condition(`${ofShop}/user/*`))) },
    projects: [{ id: shop }],
    deploy: {},
    verdicts: ["narrowed", "equivalent"],
    notCarried: [],
  },
  {
    name: "CircleCI's example for a branch of any project",
    given: {
      trust: policyText(
        jobs(
          condition(
            `org/${organization}/project/*/user/*/vcs-origin/github.com/my-org/*/vcs-ref/refs/heads/main`,
          ),
        ),
      ),
    },
    projects: null,
    deploy: {},
    verdicts: ["narrowed", "equivalent"],
    notCarried: [/names a repository or ref of any project; a document names the project too/],
  },
  {
    name: "CircleCI's example for a branch of one project",
    given: { trust: policyText(jobs(condition(onMain))) },
    projects: [{ id: shop, origin: "github.com/acme/shop", refs: ["refs/heads/main"] }],
    deploy: {},
    verdicts: ["narrowed", "equivalent"],
    // The branch that the pattern lets in and nobody meant.
    notCarried: [
      /this ends, for example: .*vcs-ref\/refs\/heads\/x\/vcs-origin\/github\.com\/acme\/shop\//,
    ],
  },
  {
    name: "CircleCI's example with the project's claim",
    given: {
      trust: policyText(
        jobs({
          StringEquals: {
            [`${issuer}:aud`]: organization,
            [`${issuer}:oidc.circleci.com/project-id`]: shop,
          },
        }),
      ),
    },
    projects: [{ id: shop }],
    deploy: {},
    verdicts: ["narrowed", "equivalent"],
    notCarried: [/asks for no subject; the document asks for more, and no caller is known/],
  },
  {
    name: "CircleCI's example of pulling an image",
    given: {
      trust: policyText(jobs(condition(`${ofShop}/user/*`))),
      policies: [
        managed(
          policyText(login, {
            Effect: "Allow",
            Action: ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
            Resource: web,
          }),
        ),
      ],
    },
    projects: [{ id: shop }],
    deploy: {},
    verdicts: ["narrowed", "narrowed"],
    notCarried: [
      /statement 1 \(ECRAuthToken\) grants ecr:GetAuthorizationToken on \*; a document grants it together with a target of deploy\.ecr/,
      /statement 2 grants ecr:BatchGetImage, .* deploy\.ecr with shop\/web would grant ecr:\w+ on .* too/,
    ],
  },
];

/** Shapes from public repositories; names and ids are made up. */
const others: readonly Published[] = [
  {
    name: "a Terraform module that asks for no audience",
    given: {
      trust: policyText(jobs({ StringLike: { [`${issuer}:sub`]: [`${ofShop}/user/*`] } })),
      policies: [managed(guidePolicy)],
    },
    projects: [{ id: shop }],
    deploy: guideTargets,
    verdicts: ["narrowed", "narrowed"],
    notCarried: [/statement 1 asks for no audience by name/, allOfService],
  },
  {
    name: "a template that lets a team in beside the jobs",
    given: {
      trust: policyText(jobs(condition(null)), {
        Sid: "AllowSETeam",
        Effect: "Allow",
        Principal: {
          AWS: [`arn:aws:iam::${account.id}:user/ann`, `arn:aws:iam::${account.id}:role/team`],
        },
        Action: "sts:AssumeRole",
      }),
    },
    projects: "all",
    deploy: {},
    verdicts: ["narrowed", "equivalent"],
    notCarried: [
      /statement 2 \(AllowSETeam\) lets in arn:aws:iam::123456789012:user\/ann/,
      /statement 2 \(AllowSETeam\) lets in arn:aws:iam::123456789012:role\/team/,
      /statement 2 \(AllowSETeam\) allows sts:AssumeRole, /,
      /statement 1 asks for no subject; by the document this ends, for example: .*audit-log/,
    ],
  },
  {
    name: "a CDK construct with several projects and an inline policy",
    given: {
      trust: policyText(
        jobs(condition([`${ofShop}/*`, `org/${organization}/project/${blog}/*`], organization)),
      ),
      policies: [inline("DefaultPolicy", policyText(login, pushTo([web, `${web}-*`])))],
    },
    projects: [{ id: shop }, { id: blog }],
    deploy: { ecr: ["shop/web"] },
    verdicts: ["narrowed", "narrowed"],
    notCarried: [
      /on arn:aws:ecr:.*repository\/shop\/web-\*; a document names each target: add those that jobs need to deploy\.ecr/,
    ],
  },
  {
    name: "the guide's quick set-up with every resource",
    given: {
      trust: policyText(jobs(condition(null))),
      policies: [
        managed(policyText({ ...pushTo("*"), Action: [...push, "ecr:GetAuthorizationToken"] })),
      ],
    },
    projects: "all",
    deploy: {},
    verdicts: ["narrowed", "narrowed"],
    notCarried: [
      /asks for no subject/,
      /grants ecr:Batch.*ecr:GetAuthorizationToken on \*; a document names each target/,
    ],
  },
  {
    name: "a role with AWS's own policy and an address condition",
    given: {
      trust: policyText(
        jobs({
          ...condition(`${ofShop}/user/*`),
          IpAddress: { "aws:SourceIp": "192.0.2.0/24" },
        }),
      ),
      policies: [
        managed(policyText({ Effect: "Allow", Action: "s3:*", Resource: "*" }), {
          id: "arn:aws:iam::aws:policy/AmazonS3FullAccess",
          name: "AmazonS3FullAccess",
          obstacle: "is AWS's own",
        }),
      ],
    },
    projects: null,
    deploy: {},
    verdicts: ["changed", "narrowed"],
    notCarried: [
      /asks for IpAddress aws:SourceIp = 192\.0\.2\.0\/24, which no document can say/,
      /Policy AmazonS3FullAccess, statement 1 grants s3:\* on \*; no document grants that/,
    ],
  },
  {
    name: "AWS's sample, whose audience is STS",
    given: {
      trust: policyText(jobs(condition(`${ofShop}/user/*`, "sts.amazonaws.com"))),
    },
    projects: [{ id: shop }],
    deploy: {},
    verdicts: ["changed", "equivalent"],
    notCarried: [
      /not every statement takes the audience 11111111-.*every document does: more tokens get in/,
    ],
  },
  {
    name: "a pattern under StringEquals, by which nobody gets in",
    given: {
      trust: policyText(
        jobs({
          StringEquals: { [`${issuer}:aud`]: organization, [`${issuer}:sub`]: `${ofShop}/user/*` },
        }),
      ),
    },
    projects: null,
    deploy: {},
    verdicts: ["changed", "equivalent"],
    notCarried: [/a \* is a character, so nobody gets in by it; use StringLike/],
  },
  {
    name: "a role that a Deny closes for one branch",
    given: {
      trust: policyText(jobs(condition(`${ofShop}/user/*`)), {
        Effect: "Deny",
        Principal: { Federated: provider },
        Action: "sts:AssumeRoleWithWebIdentity",
        Condition: { StringLike: { [`${issuer}:sub`]: "*/vcs-ref/refs/heads/pull/*" } },
      }),
    },
    projects: null,
    deploy: {},
    verdicts: ["narrowed", "equivalent"],
    notCarried: [/statement 2 is a Deny/, /a document would let in more, with sub = .*pull/],
  },
  {
    name: "a role with a Deny among its permissions",
    given: {
      trust: policyText(jobs(condition(`${ofShop}/user/*`))),
      policies: [
        managed(policyText(login, pushTo(web))),
        inline("no-delete", policyText({ Effect: "Deny", Action: "ecr:PutImage", Resource: "*" })),
      ],
    },
    projects: [{ id: shop }],
    deploy: {},
    verdicts: ["narrowed", "narrowed"],
    notCarried: [
      /statement 1 \(ECRAuthToken\) grants ecr:GetAuthorizationToken/,
      /statement 2 grants .*deploy\.ecr with shop\/web would grant ecr:PutImage on .* too, which the role does not/,
      /Inline policy no-delete, statement 1 is a Deny/,
    ],
  },
];

/** What each rule leaves out, by a role of its own. */
const rules: readonly Published[] = [
  {
    name: "a condition that every caller meets",
    given: {
      trust: policyText(
        jobs({ ...condition(`${ofShop}/user/*`), Bool: { "aws:SecureTransport": "true" } }),
      ),
    },
    projects: [{ id: shop }],
    deploy: {},
    verdicts: ["changed", "equivalent"],
    notCarried: [/asks for Bool aws:SecureTransport = true, which no document can say/],
  },
  {
    name: "two organisations",
    given: {
      trust: policyText(
        jobs({ StringLike: { [`${issuer}:sub`]: `${ofShop}/user/*` } }),
        jobs(
          { StringEquals: { [`${issuer.replace(organization, other)}:aud`]: other } },
          { Principal: { Federated: provider.replace(organization, other) } },
        ),
      ),
    },
    projects: [{ id: shop }],
    deploy: {},
    verdicts: ["narrowed", "equivalent"],
    notCarried: [
      /asks for no audience by name/,
      /lets in organisation 66666666-.*a document names one organisation/,
    ],
  },
  {
    name: "audiences that differ from statement to statement",
    given: {
      trust: policyText(
        jobs(condition(`${ofShop}/user/*`, [organization, "sts.amazonaws.com"])),
        jobs(condition(`org/${organization}/project/${blog}/user/*`)),
        jobs(condition(`org/${organization}/project/${blog}/user/*`, "elsewhere")),
      ),
    },
    projects: [{ id: shop }, { id: blog }],
    deploy: {},
    verdicts: ["narrowed", "equivalent"],
    notCarried: [
      /statement 1 takes the audience sts\.amazonaws\.com, which another statement does not/,
      /statement 3 takes the audience elsewhere, which another statement does not/,
    ],
  },
  {
    name: "an entry that ends, and one that has ended",
    given: {
      trust: policyText(
        jobs({
          ...condition(`${ofShop}/user/*`),
          DateLessThan: { "aws:CurrentTime": "2026-12-31T00:00:00Z" },
        }),
        jobs({
          ...condition(`org/${organization}/project/${blog}/user/*`),
          DateLessThan: { "aws:CurrentTime": "2025-12-31T00:00:00Z" },
        }),
      ),
    },
    projects: [{ id: shop, until: "2026-12-31T00:00:00Z" }],
    deploy: {},
    verdicts: ["narrowed", "equivalent"],
    notCarried: [/statement 2 ended at 2025-12-31T00:00:00Z/],
  },
  {
    name: "a user, a project in capitals, and a wild project",
    given: {
      trust: policyText(
        jobs(
          condition([
            `${ofShop}/user/c2e94f1d-06a7-4b58-9f3e-71d8ab45c690`,
            `org/${organization}/project/${shop.toUpperCase()}/user/*`,
            `org/${organization}/project/aaaa*/user/*`,
            `${ofShop}/user/*/vcs-ref/refs/heads/main`,
            `org/${organization}/project/${blog}/user/*`,
          ]),
        ),
      ),
    },
    projects: [{ id: blog }],
    deploy: {},
    verdicts: ["narrowed", "equivalent"],
    notCarried: [
      /names a user; a document names projects/,
      /upper case; CircleCI writes lower case, so nobody gets in by it/,
      /whose project is wild in part/,
      /names a user|not a subject of CircleCI's jobs/,
    ],
  },
  {
    name: "permissions that a document has no words for",
    given: {
      trust: policyText(jobs(condition(`${ofShop}/user/*`))),
      policies: [
        managed(
          policyText(
            login,
            pushTo([
              web,
              web.replace("us-east-1", "eu-west-1"),
              web.replace(account.id, "1".repeat(12)),
            ]),
            { Effect: "Allow", NotAction: "iam:*", Resource: "arn:aws:s3:::bucket/*" },
            { Effect: "Allow", Action: "ecr:DeleteRepository", Resource: web },
            {
              Effect: "Allow",
              Action: "lambda:UpdateFunctionCode",
              Resource: `${within("lambda")}function:worker`,
            },
            {
              Effect: "Allow",
              Action: "ecr:ListImages",
              Resource: web,
              Condition: { Bool: { "aws:SecureTransport": "true" } },
            },
          ),
        ),
        managed(null, { name: "unread", obstacle: "could not be read" }),
      ],
    },
    projects: [{ id: shop }],
    deploy: { ecr: ["shop/web"] },
    verdicts: ["narrowed", "undecided"],
    notCarried: [
      /on arn:aws:ecr:eu-west-1:.*; a document deploys to one Region, which is us-east-1 here/,
      /on arn:aws:ecr:us-east-1:111111111111:.*; a document deploys to its own account/,
      /statement 3 has NotAction/,
      /grants ecr:DeleteRepository on .*; deploy\.ecr does not grant it/,
      /deploy\.lambda with worker would grant lambda:\w+ on .* too/,
      /its condition .*SecureTransport.* is nothing that a document can say/,
      /Policy unread could not be read: nothing of it is carried over/,
    ],
  },
  {
    name: "what a Deny and the boundary take away today",
    given: {
      trust: policyText(jobs(condition(`${ofShop}/user/*`))),
      role: { permissionsBoundary: `arn:aws:iam::${account.id}:policy/bounds` },
      boundary: policyText({ Effect: "Allow", Action: "ecr:*", Resource: "*" }),
      policies: [
        managed(
          policyText(
            login,
            pushTo(web),
            { Effect: "Allow", Action: "ecr:DeleteRepository", Resource: web },
            { Effect: "Allow", Action: "s3:GetObject", Resource: "*" },
            { Effect: "Deny", Action: "ecr:Delete*", Resource: "*" },
          ),
        ),
      ],
    },
    projects: [{ id: shop }],
    deploy: { ecr: ["shop/web"] },
    verdicts: ["narrowed", "equivalent"],
    notCarried: [/statement 5 is a Deny, and a document only allows/],
  },
];

export const published: readonly Published[] = [
  {
    name: "the guide's own role",
    given: { trust: policyText(jobs(condition(null))), policies: [managed(guidePolicy)] },
    projects: "all",
    deploy: guideTargets,
    verdicts: ["narrowed", "narrowed"],
    notCarried: [
      /asks for no subject; by the document this ends, for example: CircleCI's audit-log/,
      allOfService,
    ],
  },
  {
    name: "the guide's role for one project",
    given: {
      trust: policyText(jobs(condition(`${ofShop}/user/*`))),
      policies: [managed(guidePolicy)],
    },
    projects: [{ id: shop }],
    deploy: guideTargets,
    verdicts: ["narrowed", "narrowed"],
    notCarried: [allOfService],
  },
  ...circleci,
  ...others,
  ...rules,
];
