import { afterAll, vi } from "vitest";

// Files share their worker, and with it the modules, so that none has to load them again. What a file
// has changed in the process ends with it.
const before = { ...process.env };

afterAll(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
  for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
  Object.assign(process.env, before);
});
