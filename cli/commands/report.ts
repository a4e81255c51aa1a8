import manifest from "../../package.json" with { type: "json" };
import { safeJson } from "../../shared/language/visible.ts";
import type { PageData } from "../../shared/page/data.ts";
import { pageOf } from "../../shared/page/page.ts";
import { line } from "../../shared/report/layout.ts";
import { readPage } from "../../shared/runs/page.ts";
import { failureOf, unknownEnvironment } from "../aws-failure.ts";
import { command } from "../command.ts";
import { CommandError } from "../command-error.ts";
import { checkNames } from "../environment-names.ts";
import { exitCodes } from "../exit-codes.ts";
import { writeText } from "../files.ts";
import type { Io } from "../io.ts";
import { withoutSecrets } from "../secrets.ts";
import { readyAsInstalled } from "../settings.ts";
import { callsLine, whileWorking } from "../while-working.ts";

const defaultFile = "oidc-report.html";

/** So long CloudTrail is read: two answers a second, fifty events each. */
const trailPatienceMs = 120_000;

export const report = command({
  name: "report",
  summary: "Write one page: is it safe now, who can reach what, what happened, and why",
  usage: ["[NAME…] [--out FILE] [--data FILE]"],
  description: [
    `Writes one HTML file for a meeting, an auditor or a build's artifacts: the state of each environment, who can reach what as a picture and as a table, the time line with what was opened beside the documents and for how long, the trust in words, permissions by live ARN, and trust that nobody manages. It needs no network and no script to be read. Default file: ${defaultFile}. A file that is there already is replaced.`,
    "--data writes the one object that the page is made of, as JSON. What cannot be read, such as CloudTrail or the account's roles, is missing on the page, and the page says so. CloudTrail is read for two minutes at most; Ctrl-C ends that sooner. Nothing is changed in the account.",
  ],
  operands: { name: "NAME", least: 0, most: Number.POSITIVE_INFINITY },
  options: {
    out: { value: "FILE", summary: `Write the page there, not to ${defaultFile}` },
    data: { value: "FILE", summary: "Write the data of the page there too, as JSON" },
  },
  examples: [
    { line: "oidc-reconciler report", does: `Write ${defaultFile} over all environments` },
    {
      line: "oidc-reconciler report production --out production.html --data production.json",
      does: "One environment, with the data of its page",
    },
  ],
  exits: {
    ok: "Written",
    failed: "AWS refused or did not answer",
    usage: "The command line or a file cannot be used, or no environment has this name",
  },
  page: "docs/report.md",
  run: async (input, io) => {
    const names = [...new Set(input.operands)];
    checkNames(names);
    const file = input.value("out") ?? defaultFile;
    const dataFile = input.value("data");
    if (dataFile === file) {
      throw new CommandError("The page and its data cannot be one file: name two.", {
        where: file,
      });
    }
    const data = await dataFor(names, io);
    const clean = (text: string) => withoutSecrets(text, io.stdout.secrets);
    const page = clean(pageOf(data));
    if (dataFile !== null) {
      const text = clean(safeJson(JSON.stringify(data, null, 2)));
      await writeText(io, dataFile, `${text}\n`, "replace");
    }
    await writeText(io, file, page, "replace");
    const bytes = Buffer.byteLength(page);
    const environments = data.environments.length;
    const count = environments === 1 ? "1 environment" : `${environments} environments`;
    return {
      exit: exitCodes.ok,
      json: { file, bytes, environments },
      view: [line(`${file}: ${count}, ${Math.ceil(bytes / 1024)} KB`)],
      warnings: notesOn(data),
    };
  },
});

async function dataFor(names: readonly string[], io: Io): Promise<PageData> {
  const { settings, invocation } = await readyAsInstalled(io);
  const { clients } = invocation;
  const says = callsLine(() => "reading the account", clients);
  const signal = AbortSignal.any([io.interrupted(), AbortSignal.timeout(trailPatienceMs)]);
  const time = { now: () => io.clock().getTime(), sleep: (ms: number) => io.wait(ms) };
  const result = await whileWorking(io, says, () =>
    readPage({
      clients,
      installation: settings.installation,
      names,
      madeBy: manifest.version,
      now: io.clock(),
      time,
      signal,
    }),
  ).catch((thrown: unknown) => {
    throw failureOf(thrown);
  });
  if (result.kind === "unknown") throw unknownEnvironment(result.name, result.existing);
  return result.data;
}

/** What the page lacks, so that nobody has to find it there. */
function notesOn({ trail, unmanaged, environments }: PageData): readonly string[] {
  const [unread] = environments.flatMap(({ history }) => history.unread ?? []);
  return [
    ...(trail.stopped === null ? [] : [`CloudTrail is not read whole: ${trail.stopped}.`]),
    ...(unmanaged.unread === null
      ? []
      : [`The account's roles are not read: ${unmanaged.unread}.`]),
    ...(unread === undefined ? [] : [`Not all versions are read: ${unread}.`]),
  ];
}
