import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const module = fileURLToPath(new URL("../../bench/peak-memory.ts", import.meta.url));
const program = `import { peakMemoryMb } from ${JSON.stringify(module)}; console.log(peakMemoryMb())`;

test.runIf(existsSync("/proc/self/status"))(
  "the most memory of a process is its own, however much the one has that starts it",
  () => {
    const held = Buffer.alloc(300 * 1024 * 1024, 1);
    const { stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", program], {
      encoding: "utf8",
    });
    expect(Number(stdout)).toBeGreaterThan(20);
    expect(Number(stdout)).toBeLessThan(200);
    expect(held).toHaveLength(300 * 1024 * 1024);
  },
);
