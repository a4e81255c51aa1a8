import { circleciProviderOf } from "../circleci/tokens.ts";
import { characterClass, grammarMachine, type Machine } from "../language/machine.ts";
import type { Caller } from "../policy/caller.ts";

/** How a caller that is not a CircleCI job calls STS. */
export type Asking = {
  readonly actions: readonly string[];
  /** Can its requests have this key? Keys of other kinds of callers are absent. */
  readonly takes: (key: string) => boolean;
  /** Keys that are there in each request, with a value of the caller's or the moment's. */
  readonly always: readonly string[];
  /** Keys whose values are not documented. */
  readonly isOpen: (key: string) => boolean;
};

/** Keys of the moment, which each request has. */
export const momentary = ["aws:currenttime", "aws:epochtime", "aws:requestedregion"];
const along = ["sts:TagSession", "sts:SetSourceIdentity"];

const isGeneral = (key: string): boolean => /^(?:aws|sts|iam):/.test(key);
/** Of an identity provider, of a caller that has signed, of a service. */
const isProviders = (key: string): boolean =>
  /^(?:aws:federatedprovider|sts:roleauthorizedbyidp)$/.test(key);
const isSigners = (key: string): boolean =>
  /^aws:(?:principal|username$|userid$|multifactorauth|tokenissuetime)/.test(key);
const isServices = (key: string): boolean =>
  /^aws:(?:principalservice|source(?:arn|account|org))/.test(key);

/**
 * What such a caller calls, and with which keys; null for a CircleCI provider, for those who cannot
 * assume a role (a root user), and for strangers that somebody would have to set up first.
 */
export function askingOf(caller: Caller): Asking | null {
  const { type, id, standsFor } = caller;
  const signed = ["sts:AssumeRole", ...along, "sts:SetContext"];
  const never = (): boolean => false;
  switch (type) {
    case "AWS": {
      const takes = (key: string): boolean =>
        isGeneral(key) && !isProviders(key) && !isServices(key);
      if (id.endsWith(":root")) return null;
      return { actions: signed, takes, always: momentary, isOpen: never };
    }
    case "Service": {
      const takes = (key: string): boolean => isGeneral(key) && !isProviders(key);
      const isOpen = (key: string): boolean =>
        /^aws:(?:principal(?:arn|account|type|org|tag)|userid$)/.test(key);
      if (standsFor !== "itself") return null;
      return { actions: signed, takes, always: momentary, isOpen };
    }
    case "Federated": {
      if (standsFor !== "itself" || circleciProviderOf(id) !== null) return null;
      const saml = id.includes(":saml-provider/");
      const prefix = saml ? "saml:" : tokenPrefix(caller);
      return {
        actions: [saml ? "sts:AssumeRoleWithSAML" : "sts:AssumeRoleWithWebIdentity", ...along],
        takes: (key) =>
          key.startsWith(prefix) ||
          (isGeneral(key) && !isSigners(key) && !isServices(key) && !(saml && isProviders(key))),
        always: [...momentary, `${prefix}aud`, `${prefix}sub`],
        isOpen: never,
      };
    }
    case "CanonicalUser":
      return null;
    default:
      return type satisfies never;
  }
}

/** The beginning of the condition keys of an OIDC provider's tokens. */
export function tokenPrefix({ id }: Caller): string {
  return `${id.replace(/^.*:oidc-provider\//, "").toLowerCase()}:`;
}

const inName = "[\\w+=,.@-]";
const identityGrammar = new RegExp(
  `^arn:aws[a-z-]*:(?:iam::\\d{12}:(?:role|user)/(?:[!-~]+/)?${inName}{1,64}|sts::\\d{12}:assumed-role/${inName}{1,64}/${inName}{2,64})$`,
);

/** Is it a role, a session of one, or a user, by a name that IAM gives? Nobody else assumes roles. */
export function isIdentityArn(arn: string): boolean {
  return identityGrammar.test(arn);
}

const letters = "xabcdefghijklmnopqrstuvwyz";
const inSessionName = characterClass(`${letters}${letters.toUpperCase()}0123456789_+=,.@-`);

/** Names of sessions, but for their greatest length: a search gives a short one. Source: STS API. */
export const sessionNames: Machine = grammarMachine([
  { kind: "one", of: inSessionName },
  { kind: "some", of: inSessionName },
]);
