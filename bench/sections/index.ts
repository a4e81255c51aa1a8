import { growth } from "../growth.ts";
import { replay } from "../replay.ts";
import type { Section } from "../section.ts";
import { drift, full } from "./drift.ts";
import { engines, hardEngines } from "./engines.ts";
import { events } from "./events.ts";
import { hard } from "./hard.ts";
import { start } from "./start.ts";
import { runs, wakes } from "./wakes.ts";

/** Everything that the bench measures, in the order of the page. */
export const sections: readonly Section[] = [
  drift,
  events,
  wakes,
  runs,
  full,
  start,
  engines,
  hardEngines,
  hard,
  growth,
  replay,
];
