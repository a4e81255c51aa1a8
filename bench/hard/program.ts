/** Measures the hard questions in a process of its own, and sends the cells of their table. */
import { measureGroups } from "./groups.ts";

process.send?.(measureGroups());
