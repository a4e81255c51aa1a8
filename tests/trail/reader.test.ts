import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { jsonCutter, jsonPieces } from "../../shared/json.ts";
import { trailReader } from "../../shared/trail/reader.ts";

const json = JSON.stringify;
const one = { eventName: "A", eventVersion: "1.08", eventID: "1", resources: [{ ARN: "x" }] };
const two = { eventName: "B", eventVersion: "1.08", eventID: "2", note: 'a "}]{[" in it \\' };

/** What a reader finds in a file that comes in parts of a size. */
function read(file: Uint8Array | string, size = 7) {
  const records: unknown[] = [];
  const reader = trailReader((record) => records.push(record));
  const bytes = Buffer.from(file);
  for (let at = 0; at < bytes.length; at += size) {
    const wrong = reader.push(bytes.subarray(at, at + size));
    if (wrong !== null) return { records, wrong };
  }
  return { records, wrong: reader.end() };
}

const both = [one, two];
const event = (record: object) => ({ version: "0", "detail-type": "x", detail: record });
const looked = (...records: readonly object[]) => ({
  Events: records.map((each) => ({ EventId: "e", Resources: [{}], CloudTrailEvent: json(each) })),
});

describe("the records of a file, read in parts of any size:", () => {
  test.each<readonly [string, Uint8Array | string, readonly unknown[]]>([
    ["a log file", json({ Records: both }), both],
    ["a log file over many lines", JSON.stringify({ Records: both }, null, 2), both],
    [
      "a log file with members around the list",
      json({ a: { Records: 1 }, Records: both, b: [1] }),
      both,
    ],
    [
      "several log files behind each other",
      `${json({ Records: [one] })}\n${json({ Records: [two] })}`,
      both,
    ],
    ["a record alone", json(one), [one]],
    ["records on lines", `${json(one)}\n${json(two)}\n`, both],
    ["a list of records", json(both), both],
    ["the output of lookup-events", json(looked(one, two)), both],
    ["its pages", json([{ ...looked(one), NextToken: "t" }, looked(two)]), both],
    ["as --query gives the records", json(both.map((each) => json(each))), both],
    ["as --output text gives them", `${json(one)}\t${json(two)}\n`, both],
    ["EventBridge's events on lines", `${json(event(one))}\n${json(event(two))}`, both],
    ["EventBridge's events in a list", json([event(one), event(two)]), both],
    ["a queue's messages", json({ Messages: [{ Body: json({ Message: json(one) }) }] }), [one]],
    ["a queue's batch", json({ Records: [{ body: json(event(one)) }] }), [one]],
    [
      "a log group's events",
      json({ events: [{ message: json(one) }, { message: "START" }] }),
      [one],
    ],
    ["a list under a name of somebody's own", json({ items: both }), both],
    ["text in UTF-16", Buffer.from(`\ufeff${json(both)}`, "utf16le"), both],
    ["text with a byte order mark", `\ufeff${json(both)}`, both],
    ["text of more bytes than characters", json({ ...one, note: "é𝄞" }), [{ ...one, note: "é𝄞" }]],
    ["a list of nothing", "[]", []],
    ["a log file of nothing", '{"Records":[]}', []],
    ["an answer without events", '{\n    "Events": []\n}\n', []],
  ])("%s", (_, file, records) => {
    for (const size of [1, 2, 3, 7, 64, 1_000_000]) {
      expect(read(file, size)).toEqual({ records, wrong: null });
    }
  });

  test.each<readonly [string, Uint8Array | string, string]>([
    ["nothing", "", "it holds no JSON"],
    ["blanks", " \n ", "it holds no JSON"],
    ["YAML", "Events:\n- EventName: x\n", "--output json"],
    ["CSV", '"Event ID","Event name"\n', "it holds no JSON"],
    ["a number", "[1]", "it holds no JSON"],
    ["other JSON", "{}\n{}", "it holds JSON, and no record of CloudTrail"],
    ["a record cut off", json(one).slice(0, -3), "it ends in the middle of a value"],
    ["a log file cut off in a record", json({ Records: both }).slice(0, -9), "ends in the middle"],
    ["a log file cut off between records", `{"Records":[${json(one)},`, "ends in the middle"],
    ["a log file cut off behind the list", `{"Records":[${json(one)}]`, "ends in the middle"],
    ["a broken record", `[${json(one)},{"a":}]`, "its value number 2 is not JSON"],
    ["something between records", `${json(one)} x ${json(two)}`, "its value number 2 is not JSON"],
    ["a bracket too many", `${json(one)}}`, "its value number 2 is not JSON"],
    ["lists without end", "[".repeat(50_000), "it ends in the middle of a value"],
    ["a packed file that was not unpacked", gzipSync(json(both)), "it holds no JSON"],
  ])("%s cannot be read", (_, file, why) => {
    for (const size of [1, 7, 1_000_000]) {
      expect(read(file, size).wrong).toContain(why);
    }
  });

  test("what was read before a fault is kept", () => {
    expect(read(`${json(one)}\n{"a":}`).records).toEqual([one]);
  });

  test("no more is held than a part and a value, however long the file is", () => {
    let most = 0;
    let count = 0;
    const reader = trailReader(() => (count += 1));
    const part = Buffer.from(`${json(one)},${json(two)},`);
    reader.push(Buffer.from('{"Records":['));
    for (let at = 0; at < 20_000; at += 1) {
      expect(reader.push(part.subarray(0, 100))).toBeNull();
      most = Math.max(most, reader.held());
      expect(reader.push(part.subarray(100))).toBeNull();
      most = Math.max(most, reader.held());
    }
    expect(count).toBe(40_000);
    expect(most).toBeLessThanOrEqual(part.length);
  });

  test("a value that would fill the memory is refused, with what to give instead", () => {
    const reader = trailReader(() => undefined);
    const part = Buffer.alloc(1024 * 1024, '{"a":1},');
    let wrong = reader.push(Buffer.from('{"items":['));
    let parts = 0;
    for (; wrong === null && parts < 100; parts += 1) wrong = reader.push(part);
    expect(wrong).toContain("more than 16 MB");
    expect(parts).toBe(16);
  });

  test("packs that are a thousand times as long as the file are given up", () => {
    const data = gzipSync(json({ a: " ".repeat(8_000_000) })).toString("base64");
    const { wrong, records } = read(`${json(one)}\n${`${json({ data })}\n`.repeat(50)}`, 10_000);
    expect({ wrong, records }).toEqual({
      wrong: expect.stringContaining("many times"),
      records: [one],
    });
  });
});

/** Text that is full of what the cutter looks at. */
const spiky = fc
  .array(fc.constantFrom('"', "\\", "{", "}", "[", "]", ",", ":", "\n", " ", "a", "Records"), {
    maxLength: 40,
  })
  .map((parts) => parts.join(""));

describe("cutting", () => {
  const pushAll = (text: string, size: number) => {
    const cutter = jsonCutter({ lists: true, opens: new Set(["Records"]) });
    const pieces = [];
    for (let at = 0; at < text.length; at += size)
      pieces.push(...cutter.push(text.slice(at, at + size)));
    const { pieces: last, isCutOff } = cutter.end();
    const whole = [...pieces, ...last].filter(({ kind }) => kind !== "other");
    return { whole, isCutOff, opened: cutter.opened() };
  };

  test("gives the same values whatever the parts are", () => {
    fc.assert(
      fc.property(spiky, fc.integer({ min: 1, max: 9 }), (text, size) => {
        expect(pushAll(text, size)).toEqual(pushAll(text, Math.max(1, text.length)));
      }),
      { numRuns: 2000 },
    );
  });

  test("gives every value of JSON back, and nothing else", () => {
    const value = fc
      .jsonValue({ depthSize: "small" })
      .filter((each) => typeof each === "object" && each !== null && !Array.isArray(each));
    fc.assert(
      fc.property(fc.array(value, { maxLength: 5 }), fc.nat(2), (values, indent) => {
        const text = values.map((each) => JSON.stringify(each, null, indent)).join("\n");
        const pieces = jsonPieces(text, true);
        expect(pieces.map((piece) => JSON.parse(piece.text))).toEqual(JSON.parse(json(values)));
      }),
    );
  });

  test("loses and invents no letter", () => {
    fc.assert(
      fc.property(spiky, (text) => {
        const kept = jsonPieces(text, true).map((piece) => piece.text);
        const bare = (all: string) => all.replaceAll(/[\s,]/g, "");
        expect(bare(kept.join(""))).toBe(bare(text));
      }),
      { numRuns: 2000 },
    );
  });
});
