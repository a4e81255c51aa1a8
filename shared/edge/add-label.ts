import { LabelParameterVersionCommand } from "@aws-sdk/client-ssm";
import type { Clients } from "./clients.ts";

/**
 * Puts a label on exactly one version; it moves from any other. Only the command does: no function
 * may approve, so this is in no function's bundle.
 *
 * @returns false where Parameter Store does not take the label
 */
export async function addLabel(
  clients: Clients,
  name: string,
  version: number,
  label: string,
): Promise<boolean> {
  const { InvalidLabels = [] } = await clients.ssm.send(
    new LabelParameterVersionCommand({ Name: name, ParameterVersion: version, Labels: [label] }),
  );
  return InvalidLabels.length === 0;
}
