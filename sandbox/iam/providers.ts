import type { Members } from "../input/members.ts";
import type { Handler } from "../input/operations.ts";
import { contextOf, shownContext, updatedProvider } from "./context-provider.ts";
import { entityAlreadyExists, invalidInput, limitExceeded, noSuchEntity } from "./refusals.ts";
import { arnRule } from "./rules.ts";
import { type Directory, type Provider, withProvider } from "./state.ts";
import { shownTags, tagged, tagsOf, untagged } from "./tags.ts";

/** OpenID Connect providers. Source: IAM API reference, *OpenIDConnectProvider*. */
export const providerHandlers: Readonly<Record<string, Handler<Directory>>> = {
  CreateOpenIDConnectProvider: (directory, members, call) =>
    createProvider(directory, members, call),
  GetOpenIDConnectProvider: (directory, members) => {
    const provider = requestedProvider(directory, members);
    return {
      Url: provider.url,
      ClientIDList: provider.audiences,
      ThumbprintList: provider.thumbprints,
      CreateDate: provider.createdAt,
      Tags: shownTags(provider.tags),
      ...shownContext(provider),
    };
  },
  UpdateOpenIDConnectProvider: (directory, members) => {
    withProvider(directory, updatedProvider(requestedProvider(directory, members), members));
    return {};
  },
  ListOpenIDConnectProviders: (directory) => ({
    OpenIDConnectProviderList: [...directory.providers.keys()].sort().map((Arn) => ({ Arn })),
  }),
  AddClientIDToOpenIDConnectProvider: (directory, members) => {
    const provider = requestedProvider(directory, members);
    const audience = members.text("ClientID", audienceRule);
    if (provider.audiences.includes(audience)) return {};
    const audiences = audiencesWithin(directory, [...provider.audiences, audience]);
    withProvider(directory, { ...provider, audiences });
    return {};
  },
  RemoveClientIDFromOpenIDConnectProvider: (directory, members) => {
    const provider = requestedProvider(directory, members);
    const gone = members.text("ClientID", audienceRule);
    const audiences = provider.audiences.filter((audience) => audience !== gone);
    withProvider(directory, { ...provider, audiences });
    return {};
  },
  UpdateOpenIDConnectProviderThumbprint: (directory, members) => {
    const provider = requestedProvider(directory, members);
    const thumbprints = members.texts("ThumbprintList", { each: thumbprintRule });
    withProvider(directory, {
      ...provider,
      thumbprints: thumbprintsWithin(directory, thumbprints),
    });
    return {};
  },
  DeleteOpenIDConnectProvider: (directory, members) => {
    directory.providers.delete(members.text("OpenIDConnectProviderArn", arnRule));
    return {};
  },
  TagOpenIDConnectProvider: (directory, members) => {
    const provider = requestedProvider(directory, members);
    const tags = tagged(directory, provider.tags, tagsOf(members));
    withProvider(directory, { ...provider, tags });
    return {};
  },
  UntagOpenIDConnectProvider: (directory, members) => {
    const provider = requestedProvider(directory, members);
    withProvider(directory, { ...provider, tags: untagged(provider.tags, members) });
    return {};
  },
  ListOpenIDConnectProviderTags: (directory, members) => ({
    Tags: shownTags(requestedProvider(directory, members).tags),
    IsTruncated: false,
  }),
};

const audienceRule = { min: 1, max: 255 } as const;
const thumbprintRule = { min: 40, max: 40 } as const;

/** A fixed thumbprint. IAM would fetch it from the issuer. */
const fetchedThumbprint = "9e99a48a9960b14926bb7f3b02e22da2b0ab7280";

const createProvider: Handler<Directory> = (directory, members, call) => {
  const address = addressOf(members.text("Url", { min: 1, max: 255 }));
  const audiences = members.optionalTexts("ClientIDList", { each: audienceRule }) ?? [];
  const given = members.optionalTexts("ThumbprintList", { each: thumbprintRule }) ?? [];
  const tags = tagged(directory, new Map(), tagsOf(members));
  const arn = `arn:aws:iam::${directory.account}:oidc-provider/${address}`;
  if (directory.providers.has(arn)) {
    throw entityAlreadyExists(`Provider with url https://${address} already exists.`);
  }
  if (directory.providers.size >= directory.quotas.providers) {
    throw limitExceeded(
      `Cannot exceed quota for OpenIdConnectProvidersPerAccount: ${directory.quotas.providers}`,
    );
  }
  withProvider(directory, {
    arn,
    url: address,
    audiences: audiencesWithin(directory, [...new Set(audiences)]),
    thumbprints: thumbprintsWithin(directory, given.length === 0 ? [fetchedThumbprint] : given),
    contextProvider: contextOf(members),
    identityCenter: null,
    createdAt: call.now,
    tags,
  });
  return { OpenIDConnectProviderArn: arn, Tags: tags.size === 0 ? null : shownTags(tags) };
};

/** The URL of a provider without its scheme. It must have https, no port and no query. */
function addressOf(url: string): string {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    throw validationOfUrl();
  }
  const plain = parsed.search === "" && parsed.hash === "" && parsed.port === "";
  const secret = parsed.username !== "" || parsed.password !== "";
  if (parsed.protocol !== "https:" || !plain || secret || /:\d+/.test(url.slice(8))) {
    throw validationOfUrl();
  }
  return url.slice("https://".length).replace(/\/$/, "");
}

function validationOfUrl(): Error {
  return invalidInput("Invalid Open ID Connect Provider URL");
}

function audiencesWithin(directory: Directory, audiences: readonly string[]): readonly string[] {
  const most = directory.quotas.audiencesPerProvider;
  if (audiences.length > most) {
    throw limitExceeded(`Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: ${most}`);
  }
  return audiences;
}

function thumbprintsWithin(
  directory: Directory,
  thumbprints: readonly string[],
): readonly string[] {
  const most = directory.quotas.thumbprintsPerProvider;
  if (thumbprints.length === 0) throw invalidInput("Thumbprint list must not be empty.");
  if (thumbprints.length > most) {
    throw invalidInput(`Thumbprint list must contain fewer than ${most + 1} entries.`);
  }
  const strange = thumbprints.find((thumbprint) => !/^[0-9a-fA-F]{40}$/.test(thumbprint));
  if (strange !== undefined) throw invalidInput("Thumbprint contains invalid characters.");
  return thumbprints.map((thumbprint) => thumbprint.toLowerCase());
}

function requestedProvider(directory: Directory, members: Members): Provider {
  const arn = members.text("OpenIDConnectProviderArn", arnRule);
  const provider = directory.providers.get(arn);
  if (provider === undefined) {
    throw noSuchEntity(`OpenIDConnect Provider not found for arn ${arn}`);
  }
  return provider;
}
