import { describe, expect, it } from "vitest";
import { readForm } from "../../../sandbox/server/form.ts";

describe("a query form", () => {
  it("is read into texts, without Action and Version", () => {
    expect(readForm("Action=GetRole&Version=2010-05-08&RoleName=a%2Bb")).toEqual({
      RoleName: "a+b",
    });
  });

  it("puts a list's elements in order of their numbers, not of their text", () => {
    const elements = Array.from({ length: 11 }, (_, i) => `A.member.${i + 1}=${i + 1}`);
    expect(readForm(elements.toReversed().join("&"))).toEqual({
      A: ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11"],
    });
  });

  it("reads structures inside lists", () => {
    expect(readForm("Tags.member.1.Key=a&Tags.member.1.Value=&Tags.member.2.Key=b")).toEqual({
      Tags: [{ Key: "a", Value: "" }, { Key: "b" }],
    });
  });

  it("reads maps from their entries", () => {
    expect(readForm("Attributes.entry.1.key=k&Attributes.entry.1.value=v")).toEqual({
      Attributes: { k: "v" },
    });
  });

  it("reads names of the prototype as ordinary names", () => {
    const read = readForm("__proto__.polluted=yes&constructor=x");
    expect(Object.keys(read)).toEqual(["__proto__", "constructor"]);
    expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false);
  });
});
