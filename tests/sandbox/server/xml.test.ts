import { describe, expect, it } from "vitest";
import { element, escapeXml, writeXmlMembers } from "../../../sandbox/server/xml.ts";

describe("XML of the query protocol", () => {
  it("writes a list's elements as member, in order", () => {
    expect(element("Names", ["b", "a"])).toBe(
      "<Names><member>b</member><member>a</member></Names>",
    );
  });

  it("writes a map's entries as entry, key and value", () => {
    expect(element("SummaryMap", new Map([["Roles", 3]]))).toBe(
      "<SummaryMap><entry><key>Roles</key><value>3</value></entry></SummaryMap>",
    );
  });

  it("writes times in whole seconds", () => {
    expect(element("At", new Date("2026-11-22T10:00:00.750Z"))).toBe(
      "<At>2026-11-22T10:00:00Z</At>",
    );
  });

  it("has no element for an absent member, and an empty one for an empty list", () => {
    expect(writeXmlMembers({ A: null, B: undefined, C: [], D: "", E: false })).toBe(
      "<C></C><D></D><E>false</E>",
    );
  });

  it("escapes XML's own characters, and leaves out those that XML does not allow", () => {
    expect(escapeXml(`<a b="c">&\r\u0000\u0008`)).toBe("&lt;a b=&quot;c&quot;&gt;&amp;&#xD;");
  });
});
