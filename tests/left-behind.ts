import { afterAll, vi } from "vitest";

// What a file has changed in the process ends with it: nobody after it finds a stubbed variable or a clock
// that does not move.
const before = { ...process.env };

afterAll(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
  for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
  Object.assign(process.env, before);
});
