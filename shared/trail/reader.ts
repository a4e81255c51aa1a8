import { type JsonCutter, type JsonPiece, jsonCutter, parseJson } from "../json.ts";
import { encodingOf } from "../language/file-text.ts";
import { type CallRecord, recordsIn } from "./records.ts";
import { mayHoldRecords, noJson, unpackingRoom } from "./values.ts";

/** Reads a file that comes in parts. Each answer is why it cannot be read on; null where it can. */
type TrailReader = {
  readonly push: (bytes: Uint8Array) => string | null;
  /** Nothing more comes. */
  readonly end: () => string | null;
  /** How many characters it holds. */
  readonly held: () => number;
};

/**
 * The lists in which CloudTrail's log files, LookupEvents, queues and log groups hand over records.
 * No record has a list of one of these names among its own members.
 *
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
 */
const listings: ReadonlySet<string> = new Set([
  "Records",
  "Events",
  "events",
  "Messages",
  "logEvents",
]);

/** A record has 256 KB or, with enrichment, 1 MB; a queue's batch of them in a string has more. */
const heldMax = 16 * 1024 * 1024;

const cutOff = "it ends in the middle of a value: it was not copied or downloaded whole";

/**
 * Reads the records of a file of any length, and holds no more of it than one of its values: a log
 * file, the answer of LookupEvents, EventBridge's events, records on lines. What is packed is
 * unpacked before.
 *
 * @param take is given each record, in the order of the file
 */
export function trailReader(take: (record: CallRecord) => void): TrailReader {
  const cutter = jsonCutter({ lists: true, opens: listings });
  const pieces = pieceReader(take);
  const decode = decoder();
  return {
    held: cutter.held,
    push: (bytes) => {
      const wrong = pieces.read(cutter.push(decode(bytes, true)));
      return wrong ?? (cutter.held() > heldMax ? tooLong : null);
    },
    end: () => {
      const rest = decode(new Uint8Array(), false);
      return pieces.read(cutter.push(rest)) ?? endOf(cutter, pieces);
    },
  };
}

const tooLong = `it holds one value of more than ${heldMax / 1024 / 1024} MB, and not as a list of records: give CloudTrail's log files or the output of lookup-events as they are`;

function endOf(cutter: JsonCutter, pieces: PieceReader): string | null {
  const { pieces: last, isCutOff } = cutter.end();
  if (isCutOff) return cutOff;
  const wrong = pieces.read(last);
  if (wrong !== null) return wrong;
  if (pieces.values() === 0) return cutter.opened() === 0 ? noJson : null;
  return pieces.records() === 0 ? "it holds JSON, and no record of CloudTrail" : null;
}

type PieceReader = {
  readonly read: (pieces: readonly JsonPiece[]) => string | null;
  readonly values: () => number;
  readonly records: () => number;
};

function pieceReader(take: (record: CallRecord) => void): PieceReader {
  const room = unpackingRoom();
  let values = 0;
  let records = 0;
  return {
    values: () => values,
    records: () => records,
    read: (pieces) => {
      for (const piece of pieces) {
        const value = mayHoldRecords(piece) ? parseJson(piece.text) : undefined;
        if (value === undefined) return values === 0 ? noJson : brokenAt(values + 1);
        values += 1;
        room.read(piece.text.length);
        for (const record of recordsIn(value, room)) {
          records += 1;
          take(record);
        }
        if (room.isFull()) return tooPacked;
      }
      return null;
    },
  };
}

const tooPacked =
  "what is packed in it is many times as long as any records, and was made to fill the memory";

function brokenAt(number: number): string {
  return `its value number ${number} is not JSON`;
}

/** The text of parts, in the encoding that the first two bytes show. */
function decoder(): (bytes: Uint8Array, isMoreToCome: boolean) => string {
  let first: Uint8Array = new Uint8Array();
  let decoding: InstanceType<typeof TextDecoder> | null = null;
  return (bytes, stream) => {
    if (decoding !== null) return decoding.decode(bytes, { stream });
    first = first.length === 0 ? bytes : Buffer.concat([first, bytes]);
    if (first.length < 2 && stream) return "";
    decoding = new TextDecoder(encodingOf(first));
    return decoding.decode(first, { stream });
  };
}
