import type { TrustPolicy } from "../shared/policy/document.ts";
import { type Question, startReplay } from "../shared/replay/replay.ts";
import { trailReader } from "../shared/trail/reader.ts";
import {
  organization,
  provider,
  recordOf,
  refusedCall,
  role,
  subjectOf,
  trusting,
} from "../tests/replay/records.ts";

/** A trail's log file of jobs on the role, as the parts that a disk gives. */
export function* logFile(count: number, identities: number): Generator<Uint8Array> {
  const encoder = new TextEncoder();
  let part = '{"Records":[';
  for (let at = 0; at < count; at += 1) {
    part += `${at === 0 ? "" : ","}${JSON.stringify(recordAt(at, identities))}`;
    if (part.length < 64 * 1024) continue;
    yield encoder.encode(part);
    part = "";
  }
  yield encoder.encode(`${part}]}`);
}

/** One in five is of a branch that the proposed policy leaves out, and one in ten was refused. */
function recordAt(at: number, identities: number): object {
  const branch = at % identities;
  const subject = subjectOf(`refs/heads/${branch % 5 === 0 ? "try" : "team"}/${branch}`);
  return recordOf(subject, {
    eventID: `aaaaaaaa-bbbb-4ccc-8ddd-${String(at).padStart(12, "0")}`,
    eventTime: `${new Date(1_790_000_000_000 + at * 1000).toISOString().slice(0, 19)}Z`,
    sourceIPAddress: "192.0.2.7",
    userAgent:
      "aws-cli/2.31.0 md/awscrt#0.27.6 ua/2.1 os/linux#6.8.0 md/arch#x86_64 lang/python#3.13.7",
    responseElements: {
      audience: organization,
      provider,
      subjectFromWebIdentityToken: subject,
      packedPolicySize: 0,
      credentials: { accessKeyId: "ASIAEXAMPLEEXAMPLE00", expiration: "Nov 22, 2026, 11:00:00 AM" },
      assumedRoleUser: { assumedRoleId: "AROAEXAMPLE:deploy", arn: `${role}/deploy` },
    },
    ...(at % 10 === 0 ? refusedCall : {}),
    requestID: `bbbbbbbb-cccc-4ddd-8eee-${String(at).padStart(12, "0")}`,
    resources: [{ accountId: "123456789012", type: "AWS::IAM::Role", ARN: role }],
    managementEvent: true,
    recipientAccountId: "123456789012",
    eventCategory: "Management",
  });
}

const current: TrustPolicy = trusting("refs/heads/*");
const proposed: TrustPolicy = trusting("refs/heads/team/*", "refs/heads/main", "refs/tags/*");

/** Replays a file; gives what came out and what it held. */
export function replayed(parts: Iterable<Uint8Array>) {
  const question: Question = {
    role,
    account: { id: "123456789012", partition: "aws" },
    tags: {},
    current,
    proposed,
    now: new Date("2026-11-26T00:00:00Z"),
    since: null,
  };
  const replay = startReplay(question);
  const reader = trailReader(replay.take);
  for (const part of parts) {
    const wrong = reader.push(part);
    if (wrong !== null) throw new Error(wrong);
  }
  const wrong = reader.end();
  if (wrong !== null) throw new Error(wrong);
  return replay;
}
