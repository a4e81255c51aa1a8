import manifest from "../package.json" with { type: "json" };
import type { Installation } from "../shared/document/index.ts";
import { putPage } from "../shared/edge/bucket.ts";
import { type Clients, makeClients } from "../shared/edge/clients.ts";
import { faultOf } from "../shared/edge/faults.ts";
import { withoutTokens } from "../shared/language/without-tokens.ts";
import { pageOf } from "../shared/page/page.ts";
import type { ReportedError } from "../shared/report/report.ts";
import { readPage } from "../shared/runs/page.ts";

type WeeklyPage = {
  /** The audit's count of calls, to which those of the page are added. */
  readonly count: Clients["count"];
  readonly installation: Installation;
  readonly bucket: string;
  readonly account: string;
  /** How many environments there are: with them grows the time that a page takes. */
  readonly environments: number;
  readonly now: Date;
  readonly remainingMs: () => number;
};

/** So long CloudTrail is read, as for the command: two answers a second. */
const trailMs = 120_000;
/** Reading the account, rendering the page, and putting it. */
const restMs = 60_000;
/** Comparing versions and explaining trust took 60 ms each on a whole core; the function has half of one. */
const environmentMs = 150;

/**
 * Makes the page of `report` over all environments, and puts it into the bucket. What goes wrong is an
 * error of the audit's report: its findings are there already.
 */
export async function putWeeklyPage(run: WeeklyPage): Promise<readonly ReportedError[]> {
  const { installation, account, bucket, environments, now } = run;
  const neededMs = trailMs + restMs + environments * environmentMs;
  const leftMs = run.remainingMs();
  if (leftMs < neededMs) return [missing(tooLate(environments, neededMs, leftMs))];
  // Clients of its own: the SDK's paginators take none of another bundle.
  const clients = makeClients(installation.home);
  try {
    const result = await readPage({
      ...{ clients, installation, names: [], madeBy: manifest.version, now },
      time: clients.time,
      signal: AbortSignal.timeout(trailMs),
    });
    if (result.kind === "unknown") return [missing(`there is no environment ${result.name}`)];
    const html = withoutTokens(pageOf(result.data));
    const key = keyOf(installation.prefix, account, installation.home);
    const fault = await putPage(clients, { bucket, key, owner: account, html });
    return fault === null ? [] : [missing(`${fault.message} (${fault.code}). ${look}`)];
  } catch (thrown) {
    return [missing(faultOf("reading what it shows", thrown).message)];
  } finally {
    for (const [call, times] of clients.count)
      run.count.set(call, (run.count.get(call) ?? 0) + times);
  }
}

/** One object for each installation; stack/grants.cjs allows this one. */
function keyOf(prefix: string, account: string, region: string): string {
  return `${prefix.slice(1)}/${account}-${region}.html`;
}

const look =
  "Check that reportBucket names a bucket of this account in this Region, and that its policy and its key let the audit's role write";

function tooLate(environments: number, neededMs: number, leftMs: number): string {
  const seconds = (ms: number) => Math.max(0, Math.floor(ms / 1000));
  return `over ${environments} environments it may take ${seconds(neededMs)} s, and the run has ${seconds(leftMs)} s left. Let a machine with more time run oidc-reconciler report`;
}

function missing(why: string): ReportedError {
  return { code: "PageMissing", message: `The weekly page is not in its bucket: ${why}` };
}
