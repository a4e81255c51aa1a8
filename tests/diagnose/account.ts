import { CreateOpenIDConnectProviderCommand, IAMClient } from "@aws-sdk/client-iam";
import { vi } from "vitest";
import { type Sandbox, startSandbox } from "../../sandbox/index.ts";
import { clientOptions } from "../../sandbox/seed.ts";
import type { DiagnosisReport } from "../../shared/runs/diagnose.ts";
import { deployFunction } from "../stack/deployed.ts";
import { conditions, host, organization, trustWith } from "./job.ts";

const { handler } = await import("../../functions/diagnose.ts");

/** An account with the provider and the role, and the deployed function's environment in it. */
export async function startDiagnosis(): Promise<{
  readonly sandbox: Sandbox;
  readonly iam: IAMClient;
  /** What the function answers; what it writes to its log is added to `logs`. */
  readonly diagnosed: (event: unknown, logs?: string[]) => Promise<DiagnosisReport>;
}> {
  const sandbox = await startSandbox();
  const { environment } = await deployFunction(sandbox, "diagnose");
  const iam = new IAMClient(clientOptions(sandbox));
  await iam.send(
    new CreateOpenIDConnectProviderCommand({
      Url: `https://${host}`,
      ClientIDList: [organization],
    }),
  );
  sandbox.createRole({ name: "Acme-CI", path: "/ci/", trust: trustWith(conditions) });
  return {
    sandbox,
    iam,
    diagnosed: async (event, logs = []) => {
      for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
      const write = (text: string | Uint8Array) => logs.push(String(text)) > 0;
      const spies = [
        vi.spyOn(process.stdout, "write").mockImplementation(write),
        vi.spyOn(console, "info").mockImplementation((...parts) => void logs.push(parts.join(" "))),
      ];
      try {
        return await handler(event, { functionName: "diagnose" } as never);
      } finally {
        vi.unstubAllEnvs();
        for (const spy of spies) spy.mockRestore();
      }
    },
  };
}
