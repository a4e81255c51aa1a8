import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { understoodDocument, understoodText } from "../../shared/document/index.ts";
import { documentText, problems, projectId, valid, withProject } from "./documents.ts";

const withOrigin = (origin: string) => withProject({ id: projectId, origin });

function messageOf(origin: string): string {
  const [problem] = problems(withOrigin(origin));
  expect(problem?.path).toBe("trust.projects[0].origin");
  return problem?.message ?? "";
}

describe("an origin", () => {
  test.each([
    "github.com/acme/shop",
    "bitbucket.org/acme/shop",
    "gitlab.com/acme/group/sub/shop",
    "git.example.com:8443/acme/shop",
    "github.com/acme/my.repo-1_x",
    // As the repository is called: IAM tells capitals apart, and GitHub keeps them.
    "github.com/Acme/Shop",
    // CircleCI documents no spelling of a host of one's own.
    "Git.Example.com/acme/shop",
  ])("is taken as CircleCI writes it: %s", (origin) => {
    const { projects } = valid(withOrigin(origin)).trust;
    expect(projects).toMatchObject([{ origin }]);
  });

  test.each([
    ["gh/acme/shop", "project slug", "github.com/acme/shop"],
    ["github/acme/shop", "project slug", "github.com/acme/shop"],
    ["bb/acme/shop", "project slug", "bitbucket.org/acme/shop"],
    ["bitbucket/acme/shop", "project slug", "bitbucket.org/acme/shop"],
    ["gl/acme/shop", "project slug", "gitlab.com/acme/shop"],
    ["gitlab/acme/shop", "project slug", "gitlab.com/acme/shop"],
    ["acme/shop", "host", "github.com/acme/shop"],
    ["localhost/acme/shop", "host", "github.com/localhost/acme/shop"],
    ["https://github.com/acme/shop", "scheme", "github.com/acme/shop"],
    ["https://github.com/acme/shop.git", "scheme", "github.com/acme/shop"],
    ["ssh://git@github.com/acme/shop.git", "scheme", "github.com/acme/shop"],
    ["git@github.com:acme/shop.git", "user", "github.com/acme/shop"],
    ["git@git.example.com:2222/acme/shop.git", "user", "git.example.com:2222/acme/shop"],
    ["github.com/acme/shop.git", ".git", "github.com/acme/shop"],
    ["github.com/acme/shop/", "slash", "github.com/acme/shop"],
    ["https://GitHub.com/Acme/Shop", "scheme", "github.com/Acme/Shop"],
    ["GitHub.com/Acme/Shop", "capitals in its host", "github.com/Acme/Shop"],
    ["GITLAB.COM/acme/group/Shop", "capitals in its host", "gitlab.com/acme/group/Shop"],
    ["Bitbucket.org/acme/shop", "capitals in its host", "bitbucket.org/acme/shop"],
  ])("of another spelling is refused with the right one: %s", (origin, says, right) => {
    const message = messageOf(origin);
    expect(message).toContain(says);
    expect(message).toContain(`write ${right};`);
  });

  test.each([
    ["circleci/9YytKzouJxzu4TjCRFqAoD/44n9wujWcTnVZ2b5S8Fnat", "slug of ids"],
    ["github.com/acme", "no repository"],
    ["github.com", "no repository"],
    ["shop", "host"],
  ])("that nothing right can be made of names no other: %s", (origin, says) => {
    const message = messageOf(origin);
    expect(message).toContain(says);
    expect(message).not.toMatch(/; write [a-z.]+\//);
  });

  test("with capitals in its host is said beside every other of its kind", () => {
    const projects = ["GitHub.com/a/b", "github.com/a/b", "GITLAB.com/a/b"].map((origin) => ({
      id: projectId,
      origin,
    }));
    expect(problems(documentText({ trust: { projects } })).map(({ path }) => path)).toEqual([
      "trust.projects[0].origin",
      "trust.projects[2].origin",
    ]);
  });

  test("with capitals in its host stays what it was where a record has it in force", () => {
    const inForce = valid(withOrigin("github.com/acme/shop"));
    const text = understoodText(inForce).replace("github.com/", "GitHub.com/");
    expect(understoodDocument(text)?.trust.projects).toMatchObject([
      { origin: "GitHub.com/acme/shop" },
    ]);
  });

  test("never gets a spelling proposed that would be refused in its turn", () => {
    const part = fc.constantFrom(
      "gh",
      "acme",
      "shop.git",
      "github.com",
      "GitHub.com",
      "git@",
      "https:",
      "",
      "..",
    );
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 5 }), (parts) => {
        const [problem] = problems(withOrigin(parts.join("/")));
        const proposed = /; write ([^;\s]+);/.exec(problem?.message ?? "")?.[1];
        if (proposed !== undefined) expect(problems(withOrigin(proposed))).toEqual([]);
      }),
    );
  });
});
