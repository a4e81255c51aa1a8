import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { trustEvaluator } from "../../sandbox/evaluate/index.ts";
import { admittedRefs, filtersOf } from "../../shared/pipeline/filters.ts";
import { writeTrustPolicy } from "../../shared/trust/index.ts";
import { account } from "../plan/targets.ts";
import { blog, organization, type Project, shop, somebody } from "../scenarios/documents.ts";
import {
  environmentOf,
  inputOf,
  type ReadFilters,
  read,
  trusting,
  workflowJobs,
} from "./pipelines.ts";

const origin = "github.com/acme/shop";
const now = new Date("2026-11-26T00:00:00Z");
const past = "2026-11-25T23:59:59Z";
const future = "2026-11-27T00:00:00Z";

const filtersFor = (projects: "all" | readonly Project[]) =>
  filtersOf(admittedRefs(trusting(projects).trust.projects, now));

const none = { ignore: ["/.*/"] };

describe("filters are the refs that the trust admits", () => {
  test.each<[string, readonly Project[] | "all", object]>([
    [
      "a branch",
      [{ id: shop, origin, refs: ["refs/heads/main"] }],
      { branches: { only: ["main"] } },
    ],
    ["every project", "all", {}],
    ["a project without refs", [{ id: shop }], {}],
    ["an origin without refs", [{ id: shop, origin }], {}],
    [
      "tags alone shut out branches",
      [{ id: shop, origin, refs: ["refs/tags/v1"] }],
      { branches: none, tags: { only: ["v1"] } },
    ],
    [
      "the beginning of a name",
      [{ id: shop, origin, refs: ["refs/heads/release/1.*", "refs/tags/v*"] }],
      { branches: { only: ["/^release\\/1\\..*$/"] }, tags: { only: ["/^v.*$/"] } },
    ],
    [
      "every branch and every tag",
      [{ id: shop, origin, refs: ["refs/heads/*", "refs/tags/*"] }],
      { branches: { only: ["/.*/"] }, tags: { only: ["/.*/"] } },
    ],
    [
      "two projects together",
      [
        { id: shop, origin, refs: ["refs/heads/main"] },
        { id: blog, origin, refs: ["refs/heads/main", "refs/heads/dev"] },
      ],
      { branches: { only: ["main", "dev"] } },
    ],
    [
      "a project that names refs beside one that does not",
      [{ id: shop }, { id: blog, origin, refs: ["refs/heads/main", "refs/tags/v*"] }],
      { tags: { only: ["/^v.*$/"] } },
    ],
    [
      "an entry that has ended is left out",
      [
        { id: shop, origin, refs: ["refs/heads/main"], until: future },
        { id: blog, origin, refs: ["refs/heads/dev"], until: past },
      ],
      { branches: { only: ["main"] } },
    ],
    ["nobody once all have ended", [{ id: shop, until: past }], { branches: none }],
    [
      "what CircleCI would take for a parameter",
      [{ id: shop, origin, refs: ["refs/heads/<<pipeline.id>>"] }],
      { branches: { only: ["/^[<][<]pipeline\\.id>>$/"] } },
    ],
  ])("%s", (_, projects, filters) => {
    expect(filtersFor(projects)).toEqual(filters);
  });

  test("an entry that ends at this very second has ended", () => {
    const until = "2026-11-26T00:00:00Z";
    expect(filtersFor([{ id: shop, until }])).toEqual({ branches: none });
  });
});

/** A pattern between slashes must match the whole name (java.util.regex); any other text is the name. */
function matches(pattern: string, name: string): boolean {
  const inner = /^\/(.*)\/$/.exec(pattern)?.[1];
  return inner === undefined ? pattern === name : new RegExp(`^(?:${inner})$`).test(name);
}

/** Does CircleCI start a job on a ref? Branches by default, tags only where a filter says so. */
function starts({ branches, tags }: ReadFilters, ref: string): boolean {
  const isTag = ref.startsWith("refs/tags/");
  const name = ref.replace(/^refs\/(heads|tags)\//, "");
  const filter = isTag ? tags : branches;
  if (filter === undefined) return !isTag;
  const { only, ignore = [] } = filter;
  if (ignore.some((pattern) => matches(pattern, name))) return false;
  return only === undefined || only.some((pattern) => matches(pattern, name));
}

const character = fc.constantFrom(..."ab/.-_<>|()+^$[]{}\"'`!#&;%,=@\u00e9".split(""));
const name = fc
  .array(character, { minLength: 1, maxLength: 8 })
  .map((characters) => characters.join(""))
  .filter((text) => isRef(`refs/heads/${text}`));
const refArbitrary = fc
  .tuple(
    fc.constantFrom("heads", "tags"),
    fc.oneof(
      name,
      name.map((text) => `${text}*`),
      fc.constant("*"),
    ),
  )
  .map(([folder, text]) => `refs/${folder}/${text}`)
  .filter(isRef);

/** Does a document take the ref? */
function isRef(ref: string): boolean {
  try {
    trusting([{ id: shop, origin, refs: [ref] }]);
    return true;
  } catch {
    return false;
  }
}

test("a job starts on a ref exactly where the role can be assumed from it", () => {
  const host = `oidc.circleci.com/org/${organization}`;
  const job = `org/${organization}/project/${shop}/user/${somebody}/vcs-origin/${origin}/vcs-ref`;
  const candidate = (given: readonly string[]) =>
    fc.oneof(
      refArbitrary.map((ref) => ref.replace(/\*$/, "")),
      fc.tuple(fc.constantFrom(...given), name).map(([ref, more]) => ref.replace(/\*$/, more)),
      fc
        .tuple(fc.constantFrom(...given), name)
        .map(([ref, more]) => `${ref.replace(/\*$/, "")}${more}`),
    );
  const asked = fc
    .array(refArbitrary, { minLength: 1, maxLength: 3 })
    .chain((refs) => fc.tuple(fc.constant(refs), fc.array(candidate(refs), { maxLength: 6 })));
  fc.assert(
    fc.property(asked, ([refs, candidates]) => {
      const projects = [{ id: shop, origin, refs }];
      const written = writeTrustPolicy({ document: trusting(projects), account, now });
      if (written.kind === "refused") throw new Error(written.problem.message);
      const evaluate = trustEvaluator(written.policy);
      const config = read(inputOf([environmentOf("production", { trust: { projects } })]));
      const [filters = {}] = [...workflowJobs(config, "production").values()].map(
        (each) => each.filters,
      );
      for (const ref of candidates) {
        const { decision } = evaluate({
          principal: { type: "Federated", id: `arn:aws:iam::${account.id}:oidc-provider/${host}` },
          action: "sts:AssumeRoleWithWebIdentity",
          context: new Map([
            [`${host}:aud`, [organization]],
            [`${host}:sub`, [`${job}/${ref}`]],
            [`${host}:oidc.circleci.com/project-id`, [shop]],
          ]),
        });
        expect({ ref, starts: starts(filters, ref) }).toEqual({
          ref,
          starts: decision === "allow",
        });
      }
    }),
  );
});
