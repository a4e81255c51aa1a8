import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { valuesInBytes } from "../../shared/trail/file.ts";
import { recordsIn } from "../../shared/trail/records.ts";

const bytes = (text: string) => Buffer.from(text, "utf8");
const one = { eventName: "A", eventVersion: "1.08", eventID: "1" };
const two = { eventName: "B", eventVersion: "1.08", eventID: "2", note: 'a "}{" in it \\' };
const json = JSON.stringify;

describe("a file", () => {
  test.each<readonly [string, Uint8Array, readonly unknown[]]>([
    ["of one value", bytes(json(one)), [one]],
    ["of one value over several lines", bytes(`\n${JSON.stringify(one, null, 2)}\n`), [one]],
    ["of a value on each line", bytes(`${json(one)}\n${json(two)}\r\n\n`), [one, two]],
    [
      "of values over several lines each",
      bytes([one, two].map((x) => JSON.stringify(x, null, 2)).join("\n")),
      [one, two],
    ],
    [
      "of values with tabs between, as --output text writes them",
      bytes(`${json(one)}\t${json(two)}\n`),
      [one, two],
    ],
    ["of values with commas between", bytes(`${json(one)},\n${json(two)},\n`), [one, two]],
    [
      "of a string on each line, as jq without -r writes them",
      bytes(`${json(json(one))}\n${json(json(two))}\n`),
      [json(one), json(two)],
    ],
    ["in jq's colours", bytes(json(one).replaceAll(/["{}]/g, "\u001b[1;39m$&\u001b[0m")), [one]],
    ["in a code fence", bytes(`The record:\n\`\`\`json\n${json(one)}\n\`\`\`\n`), [one]],
    ["behind a prompt", bytes(`$ aws cloudtrail lookup-events\n${json(one)}\n`), [one]],
    ["in a shell's quotes", bytes(`'${json(one)}'\n`), [one]],
    ["with a byte order mark", bytes(`\ufeff${json(one)}`), [one]],
    ["in UTF-16, as PowerShell writes it", Buffer.from(`\ufeff${json(two)}`, "utf16le"), [two]],
    ["in UTF-16 without a mark", Buffer.from(json(two), "utf16le"), [two]],
    ["in UTF-16 the other way round", Buffer.from(`\ufeff${json(two)}`, "utf16le").swap16(), [two]],
    ["packed by gzip", gzipSync(json({ Records: [one] })), [{ Records: [one] }]],
    ["packed, of values on lines", gzipSync(`${json(one)}\n${json(two)}\n`), [one, two]],
    [
      "packed in two members",
      Buffer.concat([gzipSync(json(one)), gzipSync(json(two))]),
      [one, two],
    ],
    ["packed, with a mark", gzipSync(`\ufeff${json(one)}`), [one]],
    ["that is a list", bytes("[]"), [[]]],
  ])("%s", (_, file, values) => {
    expect(valuesInBytes(file)).toEqual({ kind: "values", values });
  });

  test.each<readonly [string, Uint8Array, string]>([
    ["that is empty", bytes(""), "holds no JSON"],
    ["of YAML", bytes("Events:\n- EventName: x\n"), "--output json"],
    ["of strings that hold nothing", bytes('"a"\n"b"\n'), "holds no JSON"],
    ["of CSV", bytes('"Event ID","Event name"\n'), "holds no JSON"],
    ["that is cut off", bytes(json(one).slice(0, -3)), "holds no JSON"],
    ["with something else behind it", bytes(`${json(one)} x`), "holds no JSON"],
    ["with a bracket too many", bytes(`${json(one)}}`), "holds no JSON"],
    ["that only begins like gzip", Buffer.from([0x1f, 0x8b, 8, 0]), "cannot be unpacked"],
    ["of gzip cut off", gzipSync(json(one)).subarray(0, 20), "cannot be unpacked"],
  ])("%s cannot be read", (_, file, why) => {
    expect(valuesInBytes(file)).toMatchObject({
      kind: "unreadable",
      why: expect.stringContaining(why),
    });
  });
});

/** A few hundred bytes at each level, and a hundred times as many packs in it. */
function packs(levels: number): string {
  let packed = gzipSync(json({ a: " ".repeat(1_000) })).toString("base64");
  for (let level = 0; level < levels; level += 1) {
    packed = gzipSync(json(Array.from({ length: 100 }, () => packed))).toString("base64");
  }
  return packed;
}

describe("a file of megabytes", () => {
  const filler = JSON.stringify({ Records: [one], padding: "x".repeat(5 * 1024 * 1024) });

  test("is read for its records alone, packed or not", () => {
    for (const file of [bytes(filler), gzipSync(filler)]) {
      expect(valuesInBytes(file)).toEqual({ kind: "values", values: [[one]] });
    }
  });

  test.each<readonly [string, string, string]>([
    [
      "of values in one another without end",
      `{"a":${"[".repeat(5e6)}${"]".repeat(5e6)}}`,
      "holds no JSON",
    ],
    ["that ends nowhere", filler.slice(0, -9), "ends in the middle"],
    ["of more than a log has", `[${"0,".repeat(33 * 1024 * 1024)}0]`, "cannot be unpacked"],
  ])("%s is given up, and held nowhere", (_, text, why) => {
    expect(valuesInBytes(gzipSync(text))).toMatchObject({
      kind: "unreadable",
      why: expect.stringContaining(why),
    });
  });
});

describe("records are found", () => {
  const both = [one, two];
  test.each<readonly [string, unknown, readonly unknown[]]>([
    ["alone", one, [one]],
    ["in an EventBridge event", { "detail-type": "x", detail: one }, [one]],
    ["in a list of events", [{ detail: one }, { detail: two }], both],
    ["in a log file", { Records: both }, both],
    ["in several log files", [{ Records: [one] }, { Records: [two] }], both],
    [
      "in the output of lookup-events",
      {
        Events: both.map((x) => ({ EventId: x.eventID, EventName: "x", CloudTrailEvent: json(x) })),
      },
      both,
    ],
    [
      "in its pages",
      [
        { Events: [{ CloudTrailEvent: json(one) }], NextToken: "t" },
        { Events: [{ CloudTrailEvent: json(two) }] },
      ],
      both,
    ],
    ["as --query gives them", both.map((record) => json(record)), both],
    ["in a queue's message", { Records: [{ body: json({ detail: one }) }] }, [one]],
    [
      "in a topic's message in a queue's",
      { Messages: [{ Body: json({ Message: json(one) }) }] },
      [one],
    ],
    ["in a log group's events", { events: [{ message: json(one) }, { message: "START" }] }, [one]],
    [
      "in what a log group hands to a function",
      {
        awslogs: {
          data: gzipSync(json({ logEvents: [{ message: json(one) }] })).toString("base64"),
        },
      },
      [one],
    ],
    ["in strings of strings", json(json(both)), both],
    ["once, where one is there twice", [one, { detail: one }, json(one)], [one]],
    [
      "twice, where they have no id",
      [
        { ...one, eventID: undefined },
        { ...one, eventID: undefined },
      ],
      [
        { ...one, eventID: undefined },
        { ...one, eventID: undefined },
      ],
    ],
    ["nowhere in anything else", { a: [1, "x", null, { eventName: 3 }, { eventName: "x" }] }, []],
    ["nowhere in a text", "eventName", []],
  ])("%s", (_, value, records) => {
    expect(recordsIn(value)).toEqual(records);
  });

  test("in many packs, as lines of a stream have them", () => {
    const data = gzipSync(json({ logEvents: [{ message: json(one) }] })).toString("base64");
    const lines = Array.from({ length: 5_000 }, () => ({ data }));
    expect(recordsIn([...lines, { data: gzipSync(json(two)).toString("base64") }])).toEqual(both);
  });

  test("in no pack of packs that would be days of work, but beside it", () => {
    const file = bytes(json([packs(8), json(one)]));
    expect(file.length).toBeLessThan(5_000);
    const read = valuesInBytes(file);
    expect(read.kind === "values" && recordsIn(read.values)).toEqual([one]);
  });

  test("no deeper than anything carries them, however deep it is", () => {
    let value: unknown = one;
    for (let depth = 0; depth < 5000; depth += 1) value = [value];
    expect(recordsIn(value)).toEqual([]);
  });
});
