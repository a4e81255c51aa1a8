import { readFileSync } from "node:fs";

/**
 * The most memory that this process ever had, in MB, since its program was loaded. Where there is no `/proc`, it
 * may be the most that the process had which started it: `getrusage` counts on from there.
 *
 * @see https://man7.org/linux/man-pages/man5/proc_pid_status.5.html (VmHWM)
 */
export function peakMemoryMb(): number {
  return (ownPeakKb() ?? process.resourceUsage().maxRSS) / 1024;
}

function ownPeakKb(): number | null {
  try {
    const [, kilobytes] =
      /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8")) ?? [];
    return kilobytes === undefined ? null : Number(kilobytes);
  } catch {
    return null;
  }
}
