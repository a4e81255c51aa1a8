import type { Change } from "./change.ts";
import type { DesiredProvider } from "./desired.ts";
import type { ObservedProvider } from "./observed.ts";
import { createdTag, ownershipOf, prefixTag } from "./ownership.ts";

/** The provider's writes, in two parts: environments are reconciled between them. */
export type ProviderPlan = {
  readonly closing: readonly Change[];
  readonly opening: readonly Change[];
};

/** What the environments of one organisation ask of their provider together. */
export function unionOf(asks: readonly DesiredProvider[]): DesiredProvider | null {
  const [first] = asks;
  if (first === undefined) return null;
  return {
    arn: first.arn,
    url: first.url,
    audiences: [...new Set(asks.flatMap((ask) => ask.audiences))],
    thumbprints: [...new Set(asks.flatMap((ask) => ask.thumbprints))],
  };
}

/**
 * The changes that bring a provider from what is observed to what is desired.
 *
 * @param keepAudiences an environment of the organisation could not be read, so that an audience
 *   which looks superfluous may be its
 */
export function planProvider(input: {
  readonly desired: DesiredProvider;
  readonly observed: ObservedProvider | null;
  readonly prefix: string;
  readonly keepAudiences: boolean;
}): ProviderPlan {
  const { desired, observed, prefix } = input;
  if (observed === null) return { closing: [], opening: [createProvider(desired, prefix)] };
  const superfluous = observed.audiences.filter(
    (audience) => !desired.audiences.includes(audience),
  );
  const missing = desired.audiences.filter((audience) => !observed.audiences.includes(audience));
  const closing = input.keepAudiences
    ? []
    : superfluous.map((audience): Change => {
        return {
          action: "update",
          resource: "oidc-provider",
          id: desired.arn,
          reason: "an audience that no environment asks for",
          before: { audience },
          after: null,
          effect: "closes",
          step: { do: "remove-audience", arn: desired.arn, audience },
        };
      });
  const opening = missing.map((audience): Change => {
    return {
      action: "update",
      resource: "oidc-provider",
      id: desired.arn,
      reason: "an audience is missing",
      before: null,
      after: { audience },
      effect: "opens",
      step: { do: "add-audience", arn: desired.arn, audience },
    };
  });
  return {
    closing,
    opening: [...opening, ...thumbprintChange(desired, observed), ...tagChange(observed, prefix)],
  };
}

function createProvider(desired: DesiredProvider, prefix: string): Change {
  const tags = { [prefixTag]: prefix, [createdTag]: "true" };
  return {
    action: "create",
    resource: "oidc-provider",
    id: desired.arn,
    reason: "the provider does not exist",
    before: null,
    after: {
      url: desired.url,
      audiences: desired.audiences,
      thumbprints: desired.thumbprints,
      tags,
    },
    effect: "opens",
    step: {
      do: "create-provider",
      arn: desired.arn,
      url: desired.url,
      audiences: desired.audiences,
      thumbprints: desired.thumbprints,
      tags,
    },
  };
}

/** Thumbprints that nobody pins are IAM's own affair. */
function thumbprintChange(desired: DesiredProvider, observed: ObservedProvider): readonly Change[] {
  const fold = (values: readonly string[]) =>
    values
      .map((value) => value.toLowerCase())
      .toSorted()
      .join();
  if (desired.thumbprints.length === 0) return [];
  if (fold(desired.thumbprints) === fold(observed.thumbprints)) return [];
  return [
    {
      action: "update",
      resource: "oidc-provider",
      id: desired.arn,
      reason: "other thumbprints than those pinned",
      before: { thumbprints: observed.thumbprints },
      after: { thumbprints: desired.thumbprints },
      effect: "neutral",
      step: { do: "set-thumbprints", arn: desired.arn, thumbprints: desired.thumbprints },
    },
  ];
}

function tagChange(observed: ObservedProvider, prefix: string): readonly Change[] {
  if (ownershipOf({ tags: observed.tags, prefix, environment: null }).kind !== "untagged") {
    return [];
  }
  const tags = { [prefixTag]: prefix };
  return [
    {
      action: "tag",
      resource: "oidc-provider",
      id: observed.arn,
      reason: "not tagged as ours",
      before: {},
      after: tags,
      effect: "neutral",
      step: { do: "tag-provider", arn: observed.arn, tags },
    },
  ];
}
