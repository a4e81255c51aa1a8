import { beyondLatin1, spaceOrControl, type TextRule } from "../schema/text-rule.ts";

export const uuidRule: TextRule = {
  pattern: /^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$/,
  lengthMax: 36,
  allowed:
    "a UUID such as 11111111-2222-4333-8444-555555555555 (upper case is turned into lower case, as CircleCI writes it)",
};

/** A client id of a provider: 1 to 255 characters (IAM, CreateOpenIDConnectProvider). */
export const audienceRule: TextRule = {
  pattern: /^[!-#%-)+->@-~]{1,255}$/,
  lengthMax: 255,
  allowed: "1 to 255 ASCII characters without spaces and without * ? $",
  mistakes: [
    {
      when: (text) => /[*?$]/.test(text),
      says: "contains *, ? or $: an audience is compared whole",
    },
  ],
};

/** SHA-1 of a certificate (IAM, thumbprintType). */
export const thumbprintRule: TextRule = {
  pattern: /^[0-9a-fA-F]{40}$/,
  lengthMax: 40,
  allowed: "40 hexadecimal digits",
};

/**
 * A git ref in full, as `vcs-ref` has it; one `*` at the end means "whatever follows".
 * The name follows git-check-ref-format.
 */
export const refRule: TextRule = {
  pattern: /^refs\/(heads|tags)\/([!-#%-)+-9;->@-Z\]_-}\u00a1-\u00ff]+\*?|\*)$/,
  lengthMax: 255,
  allowed: "a full ref under refs/heads/ or refs/tags/, such as refs/heads/main or refs/tags/v*",
  mistakes: [
    {
      when: (text) => !/^refs\/(heads|tags)\//.test(text),
      says: "does not begin with refs/heads/ or refs/tags/",
    },
    { when: (text) => /\*./.test(text), says: "has a * that is not its last character" },
    { when: (text) => /[?$]/.test(text), says: "contains ? or $" },
    beyondLatin1,
    spaceOrControl,
    {
      when: (text) => /\/(vcs-ref|vcs-origin)\//.test(text),
      says: "contains the word vcs-ref or vcs-origin as a path segment, so that a token's subject could be read in two ways",
    },
    { when: (text) => !isGitRef(text), says: "is not a name that git accepts" },
  ],
};

/** git-check-ref-format, for a ref in full or, before a closing `*`, the beginning of one. */
function isGitRef(text: string): boolean {
  const open = text.endsWith("*");
  const name = open ? text.slice(0, -1) : text;
  if (/[~^:?*[\\]|\.\.|\/\/|@\{/.test(name)) return false;
  if (name.split("/").some((part) => part.startsWith("."))) return false;
  if (
    name
      .split("/")
      .slice(0, -1)
      .some((part) => part.endsWith(".lock"))
  )
    return false;
  return open || !/(\/|\.|\.lock)$/.test(name);
}

/** IAM, roleNameType. */
export const roleNameRule: TextRule = {
  pattern: /^[A-Za-z0-9_+=,.@-]{1,64}$/,
  lengthMax: 64,
  allowed: "1 to 64 of A-Z a-z 0-9 _ + = , . @ -",
};

/** IAM, policyNameType. */
export const policyNameRule: TextRule = {
  pattern: /^[A-Za-z0-9_+=,.@-]{1,128}$/,
  lengthMax: 128,
  allowed: "1 to 128 of A-Z a-z 0-9 _ + = , . @ -",
};

/** IAM, pathType. */
export const rolePathRule: TextRule = {
  pattern: /^(\/|\/[!-~]+\/)$/,
  lengthMax: 512,
  allowed:
    "/ or a path that begins and ends with /, such as /ci/, of ASCII without spaces, at most 512",
  mistakes: [
    {
      when: (text) => /^\/aws-(service-role|reserved)\//.test(text),
      says: "is a path that AWS reserves for itself",
    },
  ],
};

/** ARN of a managed policy, the account's own or AWS's. */
export const policyArnRule: TextRule = {
  pattern: /^arn:aws[a-z-]*:iam::([0-9]{12}|aws):policy\/([!-~]+\/)?[A-Za-z0-9_+=,.@-]{1,128}$/,
  lengthMax: 2048,
  allowed: "the ARN of a managed policy, such as arn:aws:iam::123456789012:policy/ci-boundary",
};

/** IAM, tagKeyType, without the keys that belong to AWS, to the reconciler and to other owners. */
const notOurs: TextRule["mistakes"] = [
  { when: (text) => /^aws:/i.test(text), says: "begins with aws:, which belongs to AWS" },
  {
    when: (text) => /^oidc-reconciler:/i.test(text),
    says: "begins with oidc-reconciler:, which the reconciler writes itself",
  },
];

/** The key of a tag that others set, or how such keys begin. */
export const ignoredTagRule: TextRule = {
  pattern: /^[\p{L}\p{Z}\p{N}_.:/=+@-]{1,128}\*?$/u,
  lengthMax: 129,
  allowed:
    "the key of a tag, or its beginning and a closing *, not beginning with aws: or oidc-reconciler:",
  mistakes: [
    ...notOurs,
    {
      when: (text) => text.slice(0, -1).includes("*"),
      says: "has a * that is not the last character",
    },
  ],
};

export const tagKeyRule: TextRule = {
  pattern: /^[\p{L}\p{Z}\p{N}_.:/=+@-]{1,128}$/u,
  lengthMax: 128,
  allowed:
    "1 to 128 letters, digits, spaces and _ . : / = + - @, not beginning with aws: or oidc-reconciler:",
  mistakes: notOurs,
};

/** IAM, tagValueType. */
export const tagValueRule: TextRule = {
  pattern: /^[\p{L}\p{Z}\p{N}_.:/=+@-]{0,256}$/u,
  lengthMin: 0,
  lengthMax: 256,
  allowed: "up to 256 letters, digits, spaces and _ . : / = + - @",
};

export const regionRule: TextRule = {
  pattern: /^[a-z]{2,4}(-[a-z]{2,}){1,3}-[1-9][0-9]?$/,
  lengthMax: 32,
  allowed: "the code of an AWS Region, such as us-east-1",
};
