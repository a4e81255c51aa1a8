import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { EnvironmentDocument } from "../../shared/document/index.ts";
import { beyondAws } from "../../shared/explain/beyond-aws.ts";
import {
  type CircleciSide,
  type GapRow,
  gapsOf,
  type ProjectSwitches,
} from "../../shared/projects/index.ts";

const id = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee";
const other = "bbbbbbbb-bbbb-4ccc-8ddd-eeeeeeeeeeee";
const now = new Date("2026-11-26T10:00:00Z");

type Trust = EnvironmentDocument["trust"];
const projects = (...entries: Exclude<Trust["projects"], "all">): Trust => ({ projects: entries });
const origin = "github.com/acme/shop";
const bare = projects({ id });
const whole = projects({ id, origin, refs: ["refs/heads/main"] });

const organizationId = "11111111-2222-4333-8444-555555555555";
const unread: ProjectSwitches = {
  id,
  organizationId,
  name: "gh/acme/shop",
  buildsForks: null,
  passesSecretsToForks: null,
  disablesSshReruns: null,
  allowsUnversionedConfig: null,
};
const side = (
  switches: Partial<ProjectSwitches> = {},
  more: Partial<CircleciSide> = {},
): CircleciSide => ({
  projects: [{ ...unread, ...switches }],
  organizationAllowsUnversionedConfig: null,
  context: null,
  ...more,
});

function rowsOf(trust: Trust, of: CircleciSide): readonly GapRow[] {
  const circleci = { organizationId, audiences: [], thumbprints: [] };
  return gapsOf({ trust, circleci }, of, now);
}

function who(trust: Trust, of: CircleciSide) {
  return Object.fromEntries(rowsOf(trust, of).map(({ gap, enforcedBy }) => [gap, enforcedBy]));
}

describe("every gap that explain names", () => {
  test("has a row, in the same order, whatever is known", () => {
    for (const trust of [bare, whole, projects(), { projects: "all" } as const]) {
      expect(rowsOf(trust, side()).map(({ gap }) => gap)).toEqual(Object.keys(beyondAws));
    }
  });

  test("is closed by AWS where every entry has ended", () => {
    const ended = projects({ id, until: "2026-11-26T10:00:00Z" });
    expect(new Set(Object.values(who(ended, side())))).toEqual(new Set(["aws"]));
    const still = projects({ id, until: "2026-11-26T10:00:01Z" });
    expect(who(still, side())["context"]).toBe("nobody");
  });
});

describe("context", () => {
  test.each([
    ["every entry names refs", whole, "aws"],
    ["no refs", projects({ id, origin }), "nobody"],
    [
      "one entry without",
      projects({ id }, { id: other, origin, refs: ["refs/heads/x"] }),
      "nobody",
    ],
    ["every branch", projects({ id, origin, refs: ["refs/heads/*"] }), "nobody"],
    ["some branches", projects({ id, origin, refs: ["refs/heads/release/*"] }), "aws"],
    ["all projects", { projects: "all" }, "nobody"],
  ] as const)("%s", (_, trust, expected) => {
    expect(who(trust, side())["context"]).toBe(expected);
  });
});

describe("ssh-rerun", () => {
  const context = (expressions: readonly string[] | null) => ({ context: { id, expressions } });
  const refusing = context(["not job.ssh.enabled"]);

  test.each([
    ["off at the project", { disablesSshReruns: true }, {}, "circleci"],
    ["on at the project", { disablesSshReruns: false }, {}, "nobody"],
    ["not readable", {}, {}, "unknown"],
    ["refused by the context", { disablesSshReruns: false }, refusing, "circleci"],
    ["refused by the context, project not readable", {}, refusing, "circleci"],
    ["a context that allows it", { disablesSshReruns: false }, context(["true"]), "nobody"],
    ["a context without expressions", { disablesSshReruns: false }, context([]), "nobody"],
    [
      "one of two expressions",
      { disablesSshReruns: false },
      context(["not job.ssh.enabled", 'pipeline.git.branch == "main"']),
      "nobody",
    ],
    ["a context that is not readable", { disablesSshReruns: false }, context(null), "unknown"],
    ["no project asked", {}, { projects: [] }, "unknown"],
  ])("%s", (_, switches, more, expected) => {
    expect(who(bare, side(switches, more))["ssh-rerun"]).toBe(expected);
  });

  test.each([{ disablesSshReruns: false }, {}])(
    "says of a context that was named what its expressions do, with the project %j",
    (switches) => {
      const row = rowsOf(bare, side(switches, context(["true"])))[1];
      expect(row?.setting).toMatch(/, and context .* has no expression that is certain to refuse/);
      expect(row?.fix).toContain(`or restrict context ${id} with the expression`);
      expect(row?.fix).not.toContain("--context");
    },
  );

  test("names a project by its repository, which a listing by ids does not show", () => {
    const looked = side({ disablesSshReruns: false, name: id });
    expect(rowsOf(whole, looked)[1]?.setting).toContain(`is off for ${origin} (${id})`);
    expect(rowsOf(bare, looked)[1]?.setting).toMatch(`is off for ${id}`);
    const unasked = rowsOf(projects({ id, origin }, { id, origin: "github.com/acme/old" }), {
      ...looked,
      projects: [],
    });
    expect(unasked[1]?.setting).toContain(
      `is not known for ${origin} and github.com/acme/old (${id})`,
    );
  });

  test("says that a context covers only jobs that need it", () => {
    const row = rowsOf(bare, side({ disablesSshReruns: false }, refusing))[1];
    expect(row?.fix).toContain("only jobs that need the context");
  });
});

describe("unversioned-config", () => {
  const organization = (allows: boolean | null) => ({
    organizationAllowsUnversionedConfig: allows,
  });

  test.each([
    ["off for the organisation", { allowsUnversionedConfig: true }, false, "circleci"],
    ["off for the organisation, project not readable", {}, false, "circleci"],
    ["off for the project", { allowsUnversionedConfig: false }, true, "circleci"],
    [
      "off for the project, organisation not readable",
      { allowsUnversionedConfig: false },
      null,
      "circleci",
    ],
    ["on for both", { allowsUnversionedConfig: true }, true, "nobody"],
    [
      "on for the project, organisation not readable",
      { allowsUnversionedConfig: true },
      null,
      "unknown",
    ],
    ["project not readable", {}, true, "unknown"],
  ])("%s", (_, switches, allows, expected) => {
    expect(who(bare, side(switches, organization(allows)))["unversioned-config"]).toBe(expected);
  });
});

describe("forks", () => {
  const open = { buildsForks: true, passesSecretsToForks: true };

  test.each([
    ["an origin is named", projects({ id, origin }), open, "aws"],
    ["forks are not built", bare, { ...open, buildsForks: false }, "circleci"],
    ["they get no secrets", bare, { ...open, passesSecretsToForks: false }, "circleci"],
    ["one switch closes, the other is not readable", bare, { buildsForks: false }, "circleci"],
    ["they are built with secrets", bare, open, "nobody"],
    ["one is open, the other not readable", bare, { buildsForks: true }, "unknown"],
    ["nothing is readable", bare, {}, "unknown"],
    ["all projects", { projects: "all" }, open, "nobody"],
  ] as const)("%s", (_, trust, switches, expected) => {
    expect(who(trust, side(switches))["forks"]).toBe(expected);
  });

  test("are asked about only for projects without an origin", () => {
    const trust = projects({ id, origin }, { id: other });
    const both = {
      projects: [
        { ...unread, ...open },
        { ...unread, id: other, buildsForks: false },
      ],
    };
    expect(who(trust, side({}, both))["forks"]).toBe("circleci");
  });

  test("name the projects for which they are open, and no other", () => {
    const both = {
      projects: [
        { ...unread, ...open, name: "gh/acme/one" },
        { ...unread, id: other, buildsForks: false, name: "gh/acme/two" },
      ],
    };
    const row = rowsOf(projects({ id }, { id: other }), side({}, both))[3];
    expect(row).toMatchObject({ enforcedBy: "nobody", setting: expect.stringContaining("/one") });
    expect(row?.setting).not.toContain("/two");
  });
});

describe("a gap is closed only by the very projects that the trust names", () => {
  const closing = {
    disablesSshReruns: true,
    allowsUnversionedConfig: false,
    buildsForks: false,
  } as const;
  const ofCircleci = ["ssh-rerun", "unversioned-config", "forks"] as const;
  const closed = (trust: Trust, ...looked: readonly ProjectSwitches[]) => {
    const found = who(trust, side({}, { projects: looked }));
    return ofCircleci.filter((gap) => found[gap] === "circleci");
  };
  const one = { ...unread, ...closing };
  const two = { ...one, id: other };

  test.each([
    ["the one that it names", bare, [one], 3],
    ["another one", bare, [two], 0],
    ["one that CircleCI does not name", bare, [{ ...one, id: null }], 0],
    ["one of two", projects({ id }, { id: other }), [one], 0],
    ["both", projects({ id }, { id: other }), [two, one], 3],
    [
      "one beside an ended entry",
      projects({ id }, { id: other, until: "2026-01-01T00:00:00Z" }),
      [one],
      3,
    ],
    ["one of all", { projects: "all" }, [one], 0],
    ["one of another organisation", { projects: "all" }, [{ ...one, organizationId: other }], 0],
  ] as const)("%s", (_, trust, looked, count) => {
    expect(closed(trust, ...looked)).toHaveLength(count);
  });

  test("and open only by those", () => {
    const open = { disablesSshReruns: false };
    const elsewhere = side({ ...open, id: other });
    expect(rowsOf(bare, elsewhere)[1]).toMatchObject({
      enforcedBy: "unknown",
      setting: expect.stringContaining(`is not known for ${id}`),
    });
    const all = { projects: "all" } as const;
    expect(who(all, side({ ...open, organizationId: null }))["ssh-rerun"]).toBe("unknown");
    expect(who(all, side(open))["ssh-rerun"]).toBe("nobody");
  });
});

describe("whatever can be read", () => {
  const perhaps = fc.constantFrom(true, false, null);
  const switches = fc.record<ProjectSwitches>({
    id: fc.constantFrom(id, other, null),
    organizationId: fc.constantFrom(organizationId, other, null),
    name: fc.constant("gh/acme/shop"),
    buildsForks: perhaps,
    passesSecretsToForks: perhaps,
    disablesSshReruns: perhaps,
    allowsUnversionedConfig: perhaps,
  });
  const anySide = fc.record<CircleciSide>({
    projects: fc.array(switches, { maxLength: 3 }),
    organizationAllowsUnversionedConfig: perhaps,
    context: fc.constantFrom(
      null,
      { id, expressions: null },
      { id, expressions: ["not job.ssh.enabled"] },
    ),
  });
  const trusts = fc.constantFrom(bare, whole, projects({ id }, { id: other }), {
    projects: "all",
  } as const);
  /** A fact that is lost: a switch that cannot be read any more. */
  const blinded = ({ projects: read, context }: CircleciSide): CircleciSide => ({
    projects: read.map(({ name }) => ({ ...unread, id: null, name })),
    organizationAllowsUnversionedConfig: null,
    context: context === null ? null : { ...context, expressions: null },
  });

  test("a gap that is closed or open has a reason, and what is left has something to do", () => {
    fc.assert(
      fc.property(trusts, anySide, (trust, of) => {
        for (const { enforcedBy, setting, fix } of rowsOf(trust, of)) {
          expect(setting).not.toBe("");
          if (enforcedBy === "nobody" || enforcedBy === "unknown") expect(fix).not.toBe(null);
        }
      }),
    );
  });

  test("to lose sight of CircleCI closes no gap", () => {
    fc.assert(
      fc.property(trusts, anySide, (trust, of) => {
        const before = who(trust, of);
        for (const [gap, enforcedBy] of Object.entries(who(trust, blinded(of)))) {
          expect(enforcedBy).not.toBe("circleci");
          if (enforcedBy === "aws") expect(before[gap]).toBe("aws");
        }
      }),
    );
  });
});
