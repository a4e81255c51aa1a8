import { visible } from "../shared/language/visible.ts";
import type { Variables } from "../shared/settings.ts";
import { CommandError } from "./command-error.ts";

/**
 * Checks what says where AWS is. The SDK would take either as it is, and then report a network
 * fault, or throw a `TypeError` in the middle of the work.
 *
 * @param region the Region that the command works in
 * @throws CommandError for a Region that cannot be one, or an endpoint that is not an address
 */
export function checkConnection(region: string, variables: Variables): void {
  if (!/^[a-z]{2,4}(-[a-z]+)+-\d{1,2}$/.test(region)) {
    const message = `"${visible(region)}" is not an AWS Region; one looks like us-east-1. It comes from --region, AWS_REGION or the profile.`;
    throw new CommandError(message, { code: "BadSetting", where: "AWS_REGION" });
  }
  for (const [name, value = ""] of Object.entries(variables)) {
    if (!/^AWS_ENDPOINT_URL(_|$)/.test(name) || value === "" || isAddress(value)) continue;
    const message = `${name} is not an address: "${visible(value)}". Write it as http://HOST:PORT or https://HOST, or unset it to use AWS's own.`;
    throw new CommandError(message, { code: "BadSetting", where: name });
  }
}

function isAddress(text: string): boolean {
  return URL.canParse(text) && /^https?:\/\/./i.test(text);
}
