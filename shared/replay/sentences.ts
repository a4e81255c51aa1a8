import { type Line, line } from "../report/layout.ts";
import type { Replay, ReplayedIdentity } from "./replay.ts";

/**
 * How many identities were seen, and what the proposed policy changes for them: for anyone
 * who is to approve it.
 *
 * @param when as in "in the last 30 days"
 */
export function changeLines(replay: Replay, when: string): readonly Line[] {
  const { records, identities, newlyRefused, newlyAdmitted } = replay;
  const doubts = doubtLines(replay);
  if (records === 0) return [line(`Nobody was seen for the role ${when}.`), ...doubts];
  if (identities === 0) return doubts;
  const seen = `Of ${counted(identities, "identity", "identities")} seen ${when},`;
  if (newlyRefused.length + newlyAdmitted.length === 0) {
    const tone = doubts.length === 0 ? "good" : "plain";
    return [line(`${seen} none would be newly refused or admitted.`, { tone }), ...doubts];
  }
  const refused = newlyRefused.length === 0 ? "none" : newlyRefused.length;
  const admitted = newlyAdmitted.length === 0 ? "none" : newlyAdmitted.length;
  const change = `${refused} would be newly refused and ${admitted} newly admitted.`;
  return [
    line(`${seen} ${change}`, { tone: newlyRefused.length > 0 ? "bad" : "warning" }),
    ...doubts,
    ...listLines("Newly refused:", "removed", newlyRefused),
    ...listLines("Newly admitted:", "added", newlyAdmitted),
  ];
}

/** What the records leave open, so that nobody takes the rest for all. */
export function doubtLines({ anonymous, misnamed, undecided }: Replay): readonly Line[] {
  const open = counted(undecided.proposed, "identity", "identities");
  const unnamed = counted(anonymous, "record does", "records do");
  const others = counted(misnamed, "further record asks for", "further records ask for");
  const asks = "asks for what CloudTrail does not record";
  return [
    ...(undecided.proposed === 0 ? [] : [`For ${open} the proposed policy ${asks}: undecided.`]),
    ...(anonymous === 0 ? [] : [`${unnamed} not say whose token it was.`]),
    ...(misnamed === 0
      ? []
      : [`${others} the role under another path or in another case: STS finds none.`]),
  ].map((text) => line(text, { tone: "warning" }));
}

/** More than a person reads; `--json` has them all. */
const shownMax = 50;
const subjectLengthMax = 400;

function listLines(
  title: string,
  tone: "added" | "removed",
  identities: readonly ReplayedIdentity[],
): readonly Line[] {
  if (identities.length === 0) return [];
  const left = identities.length - shownMax;
  return [
    line(""),
    line(title, { tone: "title" }),
    ...identities.slice(0, shownMax).flatMap((each) => identityLines(each, tone)),
    ...(left > 0 ? [line(`and ${counted(left, "more", "more")}`, { indent: 2 })] : []),
  ];
}

function identityLines(
  { subject, audience, count, lastSeen, obstacle }: ReplayedIdentity,
  tone: "added" | "removed",
): readonly Line[] {
  const last = lastSeen === null ? "" : `, last ${lastSeen}`;
  const aud =
    audience === null
      ? ", audience not recorded"
      : subject.startsWith(`org/${audience}/`)
        ? ""
        : `, audience ${shortened(audience)}`;
  // Of one that would be admitted it says why it is refused today.
  const so = tone === "added" ? "so far " : "";
  return [
    line(shortened(subject), { indent: 2, mark: tone === "added" ? "+" : "-", tone }),
    line(`seen ${counted(count, "time", "times")}${last}${aud}`, { indent: 4 }),
    line(`${so}${shortened(obstacle, 3 * subjectLengthMax)}`, { indent: 4 }),
  ];
}

/** Subjects of CircleCI have some two hundred characters; STS takes no much longer ones. */
function shortened(text: string, most = subjectLengthMax): string {
  const left = text.length - most;
  return left > 0 ? `${text.slice(0, most)}… (${left} characters more)` : text;
}

export function counted(number: number, one: string, several: string): string {
  return `${number.toLocaleString("en")} ${number === 1 ? one : several}`;
}
