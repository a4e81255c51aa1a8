import type { Change } from "./change.ts";
import type { DesiredProvider } from "./desired.ts";
import type { ObservedProvider } from "./observed.ts";
import { createdTag, homeTag, type Owner, prefixTag } from "./ownership.ts";
import { fitting, missingTags, pick } from "./tags.ts";

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
 * @param keep audiences that stay though nobody in force asks for them; `all` where an environment
 *   of the organisation could not be read, so that any of them may be its
 */
export function planProvider(input: {
  readonly desired: DesiredProvider;
  readonly observed: ObservedProvider | null;
  readonly owner: Pick<Owner, "prefix" | "home">;
  readonly keep: "all" | readonly string[];
}): ProviderPlan {
  const { desired, observed, owner, keep } = input;
  if (observed === null) return { closing: [], opening: [createProvider(desired, owner)] };
  const superfluous = observed.audiences.filter(
    (audience) =>
      keep !== "all" && !desired.audiences.includes(audience) && !keep.includes(audience),
  );
  const missing = desired.audiences.filter((audience) => !observed.audiences.includes(audience));
  return {
    closing: superfluous.map((audience) => removeAudience(desired, audience)),
    opening: [
      ...missing.map((audience) => addAudience(desired, audience)),
      ...thumbprintChange(desired, observed),
      ...tagChange(observed, owner),
    ],
  };
}

function removeAudience(desired: DesiredProvider, audience: string): Change {
  return {
    action: "update",
    resource: "oidc-provider",
    id: desired.arn,
    reason: "an audience that no environment asks for",
    before: { audience },
    after: null,
    // STS refuses a token whose audience the provider does not list: fewer get in, never more.
    effect: "closes",
    step: { do: "remove-audience", arn: desired.arn, audience },
  };
}

function addAudience(desired: DesiredProvider, audience: string): Change {
  return {
    action: "update",
    resource: "oidc-provider",
    id: desired.arn,
    reason: "an audience is missing",
    before: null,
    after: { audience },
    // It lets tokens in wherever a trust policy does not test the audience.
    effect: "opens",
    step: { do: "add-audience", arn: desired.arn, audience },
  };
}

function createProvider(
  desired: DesiredProvider,
  { prefix, home }: Pick<Owner, "prefix" | "home">,
): Change {
  const { arn, url, audiences, thumbprints } = desired;
  const tags = { [prefixTag]: prefix, [homeTag]: home, [createdTag]: "true" };
  return {
    action: "create",
    resource: "oidc-provider",
    id: arn,
    reason: "the provider does not exist",
    before: null,
    after: { url, audiences, thumbprints, tags },
    // Every role that names it can be assumed from now on.
    effect: "opens",
    step: { do: "create-provider", arn, url, audiences, thumbprints, tags },
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
      // Another certificate is believed from now on.
      effect: "opens",
      step: { do: "set-thumbprints", arn: desired.arn, thumbprints: desired.thumbprints },
    },
  ];
}

/** The tags that mark a provider as ours and are not there, as far as there is room, and which have none. */
function markOf(
  { tags }: ObservedProvider,
  { prefix, home }: Pick<Owner, "prefix" | "home">,
): ReturnType<typeof fitting> {
  return fitting(missingTags({ [prefixTag]: prefix, [homeTag]: home }, tags), tags);
}

/** Is there no room on it for a tag that marks it as ours? */
export function hasNoRoomForMark(
  observed: ObservedProvider,
  owner: Pick<Owner, "prefix" | "home">,
): boolean {
  return markOf(observed, owner).left.length > 0;
}

export function tagChange(
  observed: ObservedProvider,
  { prefix, home }: Pick<Owner, "prefix" | "home">,
): readonly Change[] {
  const { tags } = markOf(observed, { prefix, home });
  if (Object.keys(tags).length === 0) return [];
  const before = pick(observed.tags, Object.keys(tags));
  return [
    {
      action: "tag",
      resource: "oidc-provider",
      id: observed.arn,
      reason: "not tagged as ours",
      before,
      after: tags,
      // A provider's tags are not principal tags, and no policy can test them.
      effect: "neutral",
      step: { do: "tag-provider", arn: observed.arn, tags },
    },
  ];
}

/**
 * Does a change of a provider's tags put ours over those of another prefix? A Region alone says nothing:
 * another home's provider is used as it is, and nobody would hear of one that was given up.
 */
export function changesOwner({ before }: Change): boolean {
  return typeof before === "object" && before !== null && prefixTag in before;
}
