import { withoutEnd } from "../language/ends.ts";
import type { TextRule } from "../schema/text-rule.ts";

/** How CircleCI's project slugs name the hosts (API v2, "project slug"). */
const slugHosts: ReadonlyMap<string, string> = new Map([
  ["gh", "github.com"],
  ["github", "github.com"],
  ["bb", "bitbucket.org"],
  ["bitbucket", "bitbucket.org"],
  ["gl", "gitlab.com"],
  ["gitlab", "gitlab.com"],
]);

/**
 * `vcs-origin` of a CircleCI token: host and path of the repository, without a scheme
 * (CircleCI, OpenID Connect tokens). The host needs a dot: CircleCI signs no other.
 */
export const originRule: TextRule = {
  // Host, port, and at least an owner and a repository.
  pattern: /^[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+(:[0-9]{1,5})?(\/[A-Za-z0-9_.~-]+){2,}$/,
  lengthMax: 200,
  allowed: "host and path of the repository as CircleCI writes them, such as github.com/acme/shop",
  mistakes: [
    {
      when: (text) => /[*?$]/.test(text),
      says: "contains a wildcard or $; an origin is named whole",
    },
    {
      when: (text) => /^[a-z+]+:\/\//i.test(text) || /^[^/]*@/.test(text),
      says: "names a scheme or a user; the claim vcs-origin has neither",
      instead: spellingOf,
    },
    {
      when: (text) => /^circleci\//.test(text),
      says: "is a project slug of ids; write the host and path of the repository",
    },
    {
      when: (text) => slugHosts.has(text.split("/")[0] ?? "") && text.split("/").length === 3,
      says: "is a project slug, not an origin",
      instead: spellingOf,
    },
    {
      when: (text) => text.endsWith(".git") || text.endsWith("/"),
      says: "ends in .git or a slash, which the claim vcs-origin never does",
      instead: spellingOf,
    },
    {
      when: (text) => /\/(vcs-ref|vcs-origin)(\/|$)/.test(text),
      says: "contains the word vcs-ref or vcs-origin as a path segment, so that a token's subject could be read in two ways",
    },
    {
      when: (text) => text.split("/").some((segment) => segment === "." || segment === ".."),
      says: "contains a path segment . or ..",
    },
    {
      when: (text) => !/^[^/]*\./.test(text),
      says: "does not begin with a host that has a dot",
      instead: spellingOf,
    },
    {
      when: (text) => /^[^/]+(\/[^/]*)?$/.test(text),
      says: "names no repository below an owner",
    },
  ],
};

/**
 * What is wrong with an origin of a host that CircleCI itself is connected to, where the host is in
 * capitals: every origin that CircleCI documents has it in lower case, and IAM tells the two apart, so no
 * job would get in. An owner and a repository have the capitals that their host shows. Of other hosts
 * CircleCI documents no spelling.
 *
 * This is not in the rule above: a record of an earlier release may have such an origin in force.
 */
export function capitalsOfHost(text: string): string | null {
  const right = asSigned(text);
  if (right === text) return null;
  return `has capitals in its host, and CircleCI signs ${right.split("/")[0]}; write ${right}`;
}

/** The host in lower case, if it is one of those that CircleCI documents. */
function asSigned(text: string): string {
  const [host = "", ...path] = text.split("/");
  const small = host.toLowerCase();
  return [...slugHosts.values()].includes(small) ? [small, ...path].join("/") : text;
}

/**
 * The origin that was probably meant: without scheme, user, `.git` and closing slash, a slug's
 * host in full, and GitHub where no host is named.
 */
function spellingOf(text: string): string {
  const written = text
    .replace(/^[a-z+]+:\/\//i, "")
    .replace(/^[^/@]*@/, "")
    // git@HOST:OWNER/REPOSITORY; a port is digits up to the next slash.
    .replace(/^([^/:]+):(?![0-9]+\/)/, "$1/");
  const path = withoutEnd(written, "/").replace(/\.git$/, "");
  const [first = "", ...rest] = path.split("/");
  const host = slugHosts.get(first);
  if (host !== undefined) return [host, ...rest].join("/");
  return first.includes(".") ? asSigned(path) : `github.com/${path}`;
}
