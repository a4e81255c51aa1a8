import { describe, expect, test } from "vitest";
import { organization } from "../scenarios/documents.ts";
import { ask, claims, files, host, jwt, trust } from "./patient.ts";

const json = JSON.stringify;

describe("what STS makes of it is not documented: nothing is decided", () => {
  const now = new Date("2026-11-22T10:00:00Z");
  const exp = now.getTime() / 1000 + 60;
  const good = { exp, iat: exp - 60 };

  test.each([
    [{ ...good, exp: undefined }, "it has no exp"],
    [{ ...good, exp: "tomorrow" }, "its exp is not a number"],
    [{ ...good, exp: String(exp) }, "its exp is not a number"],
    [{ ...good, exp: null }, "its exp is not a number"],
    [{ ...good, exp: 1e30 }, "its exp, 1e+30, is beyond the year 9999"],
    [{ ...good, exp: exp * 1000 }, `its exp, ${exp * 1000}, is beyond the year 9999`],
    [{ exp, iat: undefined }, "it has no iat"],
    [{ ...good, nbf: "now" }, "its nbf is not a number"],
    [{ ...good, iat: [exp] }, "its iat is not a number"],
  ])("a token with the times %j", async (more, says) => {
    const token = jwt(claims("refs/heads/main", more));
    const said = await ask(token, ["--json"], { now });
    expect(said).toMatchObject({ code: 1, err: "" });
    const { admitted, cause, checks, fix } = JSON.parse(said.out);
    expect({ admitted, cause }).toEqual({ admitted: null, cause: null });
    expect(checks).toContainEqual({
      check: "time",
      ok: null,
      detail: `${says}, and what STS makes of that is not documented`,
    });
    expect(fix).toContain("its own fresh token");
    expect((await ask(token, [], { now })).out).toMatch(
      new RegExp(`^Undecided\\nUndecided: ${says.replace("+", ".")}`),
    );
  });

  test("claims that somebody wrote down may leave their times out, and not write others", async () => {
    const without = await ask(json(claims("refs/heads/main", { exp: undefined })));
    expect(without).toMatchObject({ code: 0, err: "" });
    expect((await ask(json(claims("refs/heads/main", { exp: "soon" })))).code).toBe(1);
  });

  test("a begin beyond all calendars refuses, and is shown as it is", async () => {
    const said = await ask(jwt(claims("refs/heads/main", { ...good, nbf: exp * 1000 })), [], {
      now,
    });
    expect(said.code).toBe(3);
    expect(said.out).toContain(`the token is valid from ${exp * 1000} seconds since 1970 only`);
  });

  const [own, other] = [organization, "sts.amazonaws.com"];
  const lists = (...audiences: string[]) => ({
    files: { ...files, "provider.json": json({ Url: host, ClientIDList: audiences }) },
    now,
  });
  test.each([
    ["one of which the provider lists", [other, own], [own], 1],
    ["both of which the provider lists", [other, own], [own, other], 1],
    ["neither of which the provider lists", [other, "x"], [own], 3],
    ["which are one", [own, own], [own], 0],
    ["of which there is one", [own], [own, other], 0],
  ])("audiences %s", async (_, aud, listed, code) => {
    const said = await ask(jwt(claims("refs/heads/main", { ...good, aud })), [], lists(...listed));
    expect(said).toMatchObject({ code, err: "" });
    const several = `it has the audiences ${other} and ${own}, and which of several STS goes by`;
    if (code === 1) expect(said.out).toContain(several);
  });

  test("what one of several audiences may do is not refused, what none may do is", async () => {
    const asking = (audience: string) => ({
      ...lists(own, other),
      files: {
        ...lists(own, other).files,
        "trust.json": trust.replace(
          '"StringLike"',
          `"StringEquals":{"${host}:aud":"${audience}"},"StringLike"`,
        ),
      },
    });
    const token = jwt(claims("refs/heads/main", { ...good, aud: [own, other] }));
    expect((await ask(token, [], asking(other))).code).toBe(1);
    expect((await ask(token, [], asking("another"))).out).toMatch(/^Refused: audience-refused\n/);
  });
});
