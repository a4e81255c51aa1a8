import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { problems, projectId, valid, withProject } from "./documents.ts";

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

  test("never gets a spelling proposed that would be refused in its turn", () => {
    const part = fc.constantFrom(
      "gh",
      "acme",
      "shop.git",
      "github.com",
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
