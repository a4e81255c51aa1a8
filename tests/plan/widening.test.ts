import { describe, expect, test } from "vitest";
import { type DriftInput, driftWidenings } from "../../shared/plan/widening.ts";
import { attributionOf } from "../../shared/report/who-opened.ts";
import {
  admit,
  allow,
  arn,
  boundaryArn,
  bounded,
  deny,
  desired,
  ours,
  permissions,
  policyWith,
  roleWith,
  text,
  trust,
} from "./subjects.ts";

const known = { trust: [trust], permissions: [permissions], boundary: null };

function widenings(given: Partial<DriftInput>) {
  return driftWidenings({
    known,
    desired,
    role: roleWith(),
    policies: [policyWith()],
    documents: new Map(),
    ...given,
  });
}

test("nothing is wider where all is as known or as desired", () => {
  expect(widenings({})).toEqual([]);
  expect(widenings({ role: null })).toEqual([]);
  const both = text(admit("alice", "bob"));
  expect(widenings({ role: roleWith({ trustPolicy: both }) })).toHaveLength(1);
  const begun = { ...known, trust: [trust, text(admit("bob"))] };
  expect(widenings({ known: begun, role: roleWith({ trustPolicy: both }) })).toEqual([]);
});

test("an orphan is compared with what was in force alone", () => {
  expect(widenings({ desired: null })).toEqual([]);
  const nothing = { trust: [], permissions: [], boundary: null };
  const found = widenings({ desired: null, known: nothing });
  expect(found.map(({ resource }) => resource)).toEqual(["trust-policy", "permissions"]);
});

describe("permissions", () => {
  const inline = (...documents: readonly string[]) =>
    roleWith({ inline: documents.map((document, index) => ({ name: `p${index}`, document })) });

  test("name the single policies that are wider, and a request that proves it", () => {
    const [found] = widenings({ role: inline(text(allow("s3:GetObject")), permissions) });
    expect(found?.admitted).toMatchObject({ action: "s3:GetObject" });
    expect(found?.traces.map(({ kind }) => kind)).toEqual(["inline-policy"]);
  });

  test("are no wider where a Deny covers what an Allow brings", () => {
    expect(widenings({ role: inline(text(allow("s3:*")), text(deny("s3:*"))) })).toEqual([]);
  });

  test("are not decided where a policy could not be read, unless a Deny covers everything", () => {
    const extra = arn("policy/extra");
    const role = { ...inline(), attached: [ours, extra] };
    const [found] = widenings({ role });
    expect(found).toMatchObject({ admitted: null, undecided: [`${extra} could not be read`] });
    const quarantined = { ...inline(text(deny("*"))), attached: [ours, extra] };
    expect(widenings({ role: quarantined })).toEqual([]);
  });
});

describe("a boundary", () => {
  const narrow = text(allow("ecr:BatchGetImage"));
  const documents = new Map([[boundaryArn, narrow]]);
  const intended = { known: { ...known, boundary: boundaryArn }, desired: bounded };

  test("that is gone is a widening, with what it kept out", () => {
    const [found] = widenings({ ...intended, documents });
    expect(found).toMatchObject({
      resource: "permissions",
      admitted: { action: "ecr:PutImage" },
      undecided: [],
    });
    expect(found?.traces).toContainEqual({ kind: "boundary", role: "deploy", boundary: null });
  });

  test("that is gone is one even where it kept nothing out, or could not be read", () => {
    const wide = new Map([[boundaryArn, text(allow("*"))]]);
    for (const texts of [wide, new Map<string, string>()]) {
      const [found] = widenings({ ...intended, documents: texts });
      expect(found?.admitted).toBeNull();
      expect(found?.undecided).not.toEqual([]);
    }
  });

  test("in the place of another is one unless it is proved to allow no more", () => {
    const other = arn("policy/other");
    const role = roleWith({ permissionsBoundary: other });
    const texts = (document: string) => new Map([...documents, [other, document]]);
    expect(widenings({ ...intended, role, documents: texts(narrow) })).toEqual([]);
    expect(widenings({ ...intended, role, documents: texts(text(allow("*"))) })).toHaveLength(1);
    expect(widenings({ ...intended, role, documents })).toHaveLength(1);
  });

  test("that is as intended takes from both sides alike, read or not", () => {
    const role = roleWith({ permissionsBoundary: boundaryArn });
    expect(widenings({ ...intended, role })).toEqual([]);
    const inline = [{ name: "extra", document: text(allow("s3:GetObject")) }];
    const [found] = widenings({ ...intended, role: { ...role, inline } });
    expect(found?.admitted).toBeNull();
    expect(found?.undecided).toEqual([`the boundary ${boundaryArn} could not be read`]);
    expect(widenings({ ...intended, role: { ...role, inline }, documents })).toEqual([]);
  });

  test("that was never known is not lost while the document that asks for it comes", () => {
    expect(widenings({ desired: bounded, documents })).toEqual([]);
  });

  test("is traced to the call that took it off or put another there", () => {
    const record = (eventName: string, parameters: Record<string, unknown>) => [
      { eventName, parameters, actor: "mallory", at: "2026-03-01T00:00:00Z", account: null },
    ];
    const gone = [{ kind: "boundary", role: "deploy", boundary: null }] as const;
    const off = record("DeleteRolePermissionsBoundary", { roleName: "Deploy" });
    expect(attributionOf(gone, off).actor).toBe("mallory");
    const other = [{ kind: "boundary", role: "deploy", boundary: "b" }] as const;
    const put = (permissionsBoundary: string) =>
      record("PutRolePermissionsBoundary", { roleName: "deploy", permissionsBoundary });
    expect(attributionOf(other, put("b")).actor).toBe("mallory");
    expect(attributionOf(other, put("c")).actor).toBeNull();
    expect(attributionOf(other, off).actor).toBeNull();
  });
});
