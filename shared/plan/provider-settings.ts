import type { DriftWidening } from "./drift.ts";
import type { ObservedProvider, ProviderSetting } from "./observed.ts";

/**
 * What is set on a provider beyond audiences, thumbprints and tags: a context provider, an
 * association with IAM Identity Center, or what this release does not know. No document asks for
 * any, and none is ever written. It is drift that may widen: a context provider fills
 * `aws:OriginIdentity/…` and `aws:TransactionContext/…` in the sessions that come through it, and any
 * policy, here or in another account, may test those.
 *
 * The SDK has no operation that takes it off yet, so it is reported and left, with the command for it.
 *
 * Source: IAM API reference, UpdateOpenIDConnectProvider and ContextProvider.
 */
export function settingWidenings({ arn, settings }: ObservedProvider): readonly DriftWidening[] {
  return settings.map(({ name, content }) => ({
    resource: "permissions",
    admitted: null,
    undecided: [`${describeSetting(name)} (${name} = ${content})`],
    isImpossible: false,
    traces: [{ kind: "provider-setting", providerArn: arn, name, content }],
  }));
}

/** The setting that a widening is about; `null` for every other one. */
export function settingOf({
  traces,
}: Pick<DriftWidening, "traces">): (ProviderSetting & { readonly providerArn: string }) | null {
  const [trace] = traces;
  return trace?.kind === "provider-setting" ? trace : null;
}

type Kind = "context-provider" | "identity-center" | "unknown";

/** How the second is spelled in the answer is not documented, so any name with these words is it. */
function kindOf(name: string): Kind {
  if (/context_?provider/i.test(name)) return "context-provider";
  return /identity_?cent(er|re)/i.test(name) ? "identity-center" : "unknown";
}

const words = {
  "context-provider": "a context provider (trusted identity propagation)",
  "identity-center": "an association with IAM Identity Center",
  unknown: "a setting that this release does not know",
} as const satisfies Record<Kind, string>;

/** What a setting is, in a few words. */
export function describeSetting(name: string): string {
  return words[kindOf(name)];
}

/** How a person takes a setting off, in one or two sentences with the command. */
export function howToTakeOff(arn: string, name: string): string {
  const kind = kindOf(name);
  const update = `aws iam update-open-id-connect-provider --open-id-connect-provider-arn ${arn}`;
  switch (kind) {
    case "context-provider":
      return `Remove it with ${update} --remove-context-provider. If it is associated with IAM Identity Center, remove that association first.`;
    case "identity-center":
      return `Remove it with ${update} --remove-identity-center-instance.`;
    case "unknown":
      return `Read it with aws iam get-open-id-connect-provider --open-id-connect-provider-arn ${arn}, and see whether a newer release knows it.`;
    default:
      return kind satisfies never;
  }
}
