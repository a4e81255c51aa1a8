// Works out what the stack costs, with full monitoring and with lean, and writes it into docs/cost.md:
// `npx node scripts/generate-cost.ts`.

import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { packageStack } from "./artifacts/package-stack.ts";
import { type Counted, costPage, countedIn, metricsIn } from "./cost.ts";

const root = fileURLToPath(new URL("../", import.meta.url));
const page = `${root}docs/cost.md`;
const metrics = metricsIn(readFileSync(`${root}functions/metrics.ts`, "utf8"));

function counted(monitoring: string): Counted {
  const choices = { stage: "prod", region: "us-east-1", params: { monitoring } };
  const { template, folder } = packageStack(root, choices);
  rmSync(folder, { recursive: true, force: true });
  return countedIn(template, metrics);
}

writeFileSync(page, costPage(readFileSync(page, "utf8"), counted("full"), counted("lean")));
