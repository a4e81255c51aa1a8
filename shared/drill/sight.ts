/** What was seen of the tag so far, look by look. */
type Sight = {
  /** Was it ever there? Until then a look may show IAM from before the tag was put. */
  readonly seen: boolean;
  /** How many looks in a row did not show it. */
  readonly absences: number;
  /** When the first of these was; null where the last look showed it. */
  readonly goneAt: Date | null;
};

export const nothingSeen: Sight = { seen: false, absences: 0, goneAt: null };

/** IAM answers from many places, and a change reaches them one by one: one look proves nothing. */
const absencesAfterSeen = 2;
/** Half a minute of looks that never showed it: it came and went before the first of them. */
const absencesUnseen = 6;

/** What is known after another look. */
export function sightAfter(before: Sight, isThere: boolean, at: Date): Sight {
  if (isThere) return { seen: true, absences: 0, goneAt: null };
  return { ...before, absences: before.absences + 1, goneAt: before.goneAt ?? at };
}

/** When the tag went; null while it is there, or that is not certain. */
export function goneSince({ seen, absences, goneAt }: Sight): Date | null {
  return absences >= (seen ? absencesAfterSeen : absencesUnseen) ? goneAt : null;
}
