import type { EnvironmentDocument } from "../../../shared/document/index.ts";
import { atMost } from "../../../shared/edge/at-once.ts";
import type { CircleciClient } from "../../../shared/edge/circleci/client.ts";
import {
  readExpressions,
  readOrganizationSwitch,
  readSwitchesById,
  readSwitchesBySlug,
} from "../../../shared/edge/circleci/settings.ts";
import {
  type CircleciSide,
  contextId,
  type GapRow,
  gapsOf,
  projectSlug,
} from "../../../shared/projects/index.ts";
import { type Line, line, type Tone } from "../../../shared/report/layout.ts";
import { circleciClient, circleciFailure } from "../../circleci.ts";
import { command } from "../../command.ts";
import { CommandError } from "../../command-error.ts";
import { checkNames } from "../../environment-names.ts";
import { exitCodes } from "../../exit-codes.ts";
import { readInForce } from "../../in-force.ts";
import { readyAsInstalled } from "../../settings.ts";

export const check = command({
  name: "check",
  summary: "Show what AWS cannot enforce, and whether CircleCI's settings do",
  usage: ["NAME [--project SLUG] [--context ID]"],
  description: [
    "Some things about a job never reach AWS: whether somebody reran it with SSH, whether its configuration was ever in the branch, whether it builds a fork, which context it uses. For each of these gaps it says who closes it in this environment: aws by the trust policy in force, circleci by a setting, or nobody. A setting that cannot be read is unknown. Nothing is changed.",
    "It looks at every project that the trust names. With --project it looks at that one alone, which also works on a CircleCI server: what the trust names beside it stays unknown, and a project that it does not name closes nothing. With --context it reads the expressions that restrict that context. With --json, faults and notes say why something is unknown.",
    "The token is that of CIRCLE_TOKEN or CIRCLECI_CLI_TOKEN, a personal one; CIRCLECI_CLI_HOST is the address of a CircleCI server.",
  ],
  operands: { name: "NAME", least: 1, most: 1 },
  options: {
    project: { value: "SLUG", summary: "Look at this project alone, such as gh/acme/shop" },
    context: { value: "ID", summary: "Read the restrictions of the context that deploy jobs need" },
  },
  examples: [
    { line: "oidc-reconciler circleci check production", does: "Look at every project it trusts" },
    {
      line: "oidc-reconciler circleci check production --project gh/acme/shop --json",
      does: "Look at one project, for a script",
    },
  ],
  exits: {
    ok: "AWS or CircleCI closes every gap",
    failed: "AWS or CircleCI refused or did not answer, or nothing is in force yet",
    usage: "Wrong usage, or a name that no environment has",
    differs: "Nobody closes a gap, or a setting could not be read",
  },
  page: "docs/circleci.md",
  run: async (input, io) => {
    const [name = ""] = input.operands;
    const project = named(input.value("project"), projectSlug);
    const context = named(input.value("context"), contextId);
    checkNames([name]);
    const circleci = circleciClient(io);
    const document = await documentInForce(await readyAsInstalled(io), name);
    const now = io.clock();
    const { side, faults } = await circleci
      .asking("its settings", () => readSide(circleci, { document, project, context, now }))
      .catch((thrown: unknown) => {
        throw circleciFailure(thrown);
      })
      // After the first failure others may still be asked, with a token that is not accepted.
      .finally(circleci.end);
    const gaps = gapsOf(document, side, now);
    const unread = faults.map((each) => `${each}.`);
    const notes = notesOn({ document, project, now }, side).map((each) => `${each}.`);
    return {
      exit: gaps.every(isClosed) ? exitCodes.ok : exitCodes.differs,
      json: {
        gaps,
        ...(unread.length === 0 ? {} : { faults: unread }),
        ...(notes.length === 0 ? {} : { notes }),
      },
      view: [...gaps.flatMap(gapLines), ...notLookedAt],
      warnings: [...unread, ...notes],
    };
  },
});

function isClosed({ enforcedBy }: GapRow): boolean {
  return enforcedBy === "aws" || enforcedBy === "circleci";
}

function named(
  text: string | null,
  reading: (text: string) => ReturnType<typeof projectSlug>,
): string | null {
  if (text === null) return null;
  const read = reading(text);
  if (read.kind === "refused") throw new CommandError(`${read.message}.`);
  return read.value;
}

async function documentInForce(
  asked: Parameters<typeof readInForce>[0],
  name: string,
): Promise<EnvironmentDocument> {
  const { environments } = await readInForce(asked, [name]);
  const [found] = environments;
  if (found?.kind === "applied") return found.document;
  const why = found?.why ?? "has no version in force";
  const message = `Environment ${name} ${why}, so there is nothing to check. Look with oidc-reconciler status ${name}.`;
  throw new CommandError(message, {
    exit: exitCodes.failed,
    code: "NothingInForce",
    where: name,
  });
}

/** CircleCI answers few requests at once for long. */
const atOnce = 4;

type Question = {
  readonly document: EnvironmentDocument;
  readonly project: string | null;
  readonly context: string | null;
  readonly now: Date;
};

async function readSide(
  circleci: CircleciClient,
  { document, project, context, now }: Question,
): Promise<{ readonly side: CircleciSide; readonly faults: readonly string[] }> {
  const ids = project === null ? projectsOf(document, now) : [];
  const [switches, organization, expressions] = await Promise.all([
    project === null
      ? atMost(atOnce, ids, (id) => readSwitchesById(circleci, id))
      : readSwitchesBySlug(circleci, project).then((read) => [read]),
    readOrganizationSwitch(circleci, document.circleci.organizationId),
    context === null ? null : readExpressions(circleci, context),
  ]);
  return {
    side: {
      projects: switches.map(({ value }) => value),
      organizationAllowsUnversionedConfig: organization.value,
      context: context === null ? null : { id: context, expressions: expressions?.value ?? null },
    },
    faults: [
      ...switches.flatMap(({ faults }) => faults),
      ...organization.faults,
      ...(expressions?.faults ?? []),
    ],
  };
}

/** The projects whose jobs may assume the role now; none where every project may. */
function projectsOf({ trust: { projects } }: EnvironmentDocument, now: Date): readonly string[] {
  if (projects === "all") return [];
  const live = projects.filter(({ until }) => until === undefined || new Date(until) > now);
  return [...new Set(live.map(({ id }) => id))];
}

/** What the answer does not cover, where only one project was asked about or none could be. */
function notesOn(
  { document, project, now }: Omit<Question, "context">,
  { projects: looked }: CircleciSide,
): readonly string[] {
  if (project === null) {
    return document.trust.projects === "all"
      ? [
          "The trust names all projects of the organisation, and CircleCI shows settings of one at a time: say --project",
        ]
      : [];
  }
  const [first] = looked;
  const id = first?.id ?? null;
  if (document.trust.projects === "all") {
    return first?.organizationId === document.circleci.organizationId
      ? ["The trust names all projects of the organisation, and only this one was looked at"]
      : [
          `CircleCI does not show that ${project} is of this organisation, so nothing of it counts here`,
        ];
  }
  if (id === null) {
    return [
      `CircleCI does not show which project ${project} is, so nothing of it counts here: check the slug, and that the token's owner may see the project`,
    ];
  }
  const named = projectsOf(document, now);
  if (!named.includes(id)) {
    return [
      `The trust does not name ${project}, so no job of it may assume the role, and nothing of it counts here`,
    ];
  }
  const others = named.length - 1;
  if (others === 0) return [];
  return [
    others === 1
      ? "The trust names 1 more project, which was not looked at"
      : `The trust names ${others} more projects, which were not looked at`,
  ];
}

const tones = {
  aws: "good",
  circleci: "good",
  nobody: "bad",
  unknown: "warning",
} as const satisfies Record<GapRow["enforcedBy"], Tone>;

/** What AWS does not see, in a few words. */
const meanings = {
  context: "which context a job uses",
  "ssh-rerun": "whether somebody reruns a job with SSH",
  "unversioned-config": "whether the configuration was ever in the branch",
  forks: "whether a job builds a fork",
} as const satisfies Record<GapRow["gap"], string>;

function gapLines({ gap, enforcedBy, setting, fix }: GapRow): readonly Line[] {
  const mark = enforcedBy.padEnd("circleci".length);
  const indent = mark.length + 1;
  const found = `${setting[0]?.toUpperCase() ?? ""}${setting.slice(1)}.`;
  return [
    line(`${gap}: ${meanings[gap]}`, { mark, tone: tones[enforcedBy] }),
    line(found, { indent }),
    ...(fix === null ? [] : [line(`${fix}.`, { indent })]),
  ];
}

const notLookedAt = [
  line("Not looked at: who may push to the refs. Protect them at the Git host.", { tone: "quiet" }),
];
