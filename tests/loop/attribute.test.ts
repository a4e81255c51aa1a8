import { afterEach, describe, expect, test, vi } from "vitest";
import { makeClients } from "../../shared/edge/clients.ts";
import { startAttribution } from "../../shared/loop/attribute.ts";
import type { DriftWidening, Trace } from "../../shared/plan/widening.ts";
import { unknownAttribution } from "../../shared/report/attribution.ts";
import { type BadServer, serverThat } from "../edge/servers.ts";

const mallory = "arn:aws:iam::123456789012:user/mallory";

let server: BadServer | null = null;

afterEach(async () => {
  vi.unstubAllEnvs();
  await server?.close();
  server = null;
});

function widening(role: string): DriftWidening {
  const trace: Trace = {
    kind: "attachment",
    role,
    policyArn: "arn:aws:iam::aws:policy/Admin",
    document: null,
  };
  return {
    resource: "permissions",
    admitted: null,
    undecided: [],
    isImpossible: false,
    traces: [trace],
  };
}

function attachment(role: string, at: string) {
  return {
    eventName: "AttachRolePolicy",
    eventTime: at,
    userIdentity: { arn: mallory },
    requestParameters: { roleName: role, policyArn: "arn:aws:iam::aws:policy/Admin" },
  };
}

type Question = {
  readonly role: string;
  readonly startTime: number | null;
  answer(events?: readonly unknown[], next?: string): void;
};

/** A CloudTrail that answers when and what the test says; its questions in their order. */
async function trail(
  onQuestion: (question: Question) => void = () => {},
): Promise<readonly Question[]> {
  const questions: Question[] = [];
  server = await serverThat((_, __, response, body) => {
    const { LookupAttributes, StartTime = null } = JSON.parse(body);
    const question: Question = {
      role: LookupAttributes[0].AttributeValue,
      startTime: StartTime,
      answer: (events = [], next) => {
        const Events = events.map((event) => ({ CloudTrailEvent: JSON.stringify(event) }));
        response.end(JSON.stringify({ Events, NextToken: next }));
      },
    };
    questions.push(question);
    onQuestion(question);
  });
  vi.stubEnv("AWS_ENDPOINT_URL", server.endpoint);
  return questions;
}

const always = { deadlineMs: 5_000, notBefore: () => null };
const patience = 5_000;

describe("look-ups", () => {
  test("find who opened each door, with one question for each role", async () => {
    const questions = await trail(({ role, answer }) =>
      answer([attachment(role, "2026-11-22T10:00:00Z")]),
    );
    const doors = [widening("a"), widening("a"), widening("b"), widening("c")];
    const clients = makeClients("us-east-1");
    const attribute = await startAttribution(clients, doors, [], always).settled(patience);
    for (const door of doors) {
      expect(attribute(door)).toEqual({ actor: mallory, openedAt: "2026-11-22T10:00:00Z" });
    }
    expect(questions.map(({ role }) => role).toSorted()).toEqual(["a", "b", "c"]);
  });

  test("begin at once, two at a time", async () => {
    const questions = await trail();
    const doors = ["a", "b", "c"].map(widening);
    startAttribution(makeClients("us-east-1"), doors, [], always);
    await vi.waitFor(() => expect(questions).toHaveLength(2));
    questions[0]?.answer();
    await vi.waitFor(() => expect(questions).toHaveLength(3));
    for (const question of questions.slice(1)) question.answer();
  });

  test("are not needed if the event that woke the run names the actor", async () => {
    const questions = await trail();
    const {
      userIdentity,
      eventTime: at,
      requestParameters: parameters,
    } = attachment("a", "2026-11-22T10:00:00Z");
    const call = { eventName: "AttachRolePolicy", actor: userIdentity.arn, at, parameters };
    const woken = { ...call, account: null };
    const door = widening("a");
    const attributing = startAttribution(makeClients("us-east-1"), [door], [woken], always);
    const attribute = await attributing.settled(patience);
    expect(attribute(door).actor).toBe(mallory);
    expect(questions).toEqual([]);
  });

  test("that fail name nobody and throw nothing", async () => {
    server = await serverThat((_, __, response) => {
      response.writeHead(400, { "x-amzn-errortype": "AccessDeniedException" }).end("{}");
    });
    vi.stubEnv("AWS_ENDPOINT_URL", server.endpoint);
    const door = widening("a");
    const attributing = startAttribution(makeClients("us-east-1"), [door], [], always);
    expect((await attributing.settled(patience))(door)).toEqual(unknownAttribution);
  });
});

describe("a slow CloudTrail", () => {
  test("is waited for no longer than asked, and asked again later for what came", async () => {
    const questions = await trail(({ role, answer }) => {
      if (role === "quick") answer([attachment(role, "2026-11-22T10:00:00Z")]);
    });
    const [quick, slow] = [widening("quick"), widening("slow")];
    const clients = makeClients("us-east-1");
    const attributing = startAttribution(clients, [quick, slow], [], always);
    await vi.waitFor(async () => {
      expect((await attributing.settled(10))(quick).actor).toBe(mallory);
    });
    const early = await attributing.settled(10);
    expect(early(slow)).toEqual(unknownAttribution);
    questions
      .find(({ role }) => role === "slow")
      ?.answer([attachment("slow", "2026-11-22T10:00:00Z")]);
    const late = await attributing.settled(patience);
    expect(late(slow).actor).toBe(mallory);
    // An answer that was given does not change later.
    expect(early(slow)).toEqual(unknownAttribution);
  });

  test("returns its first page before its second arrives", async () => {
    const questions = await trail();
    const door = widening("a");
    const attributing = startAttribution(makeClients("us-east-1"), [door], [], always);
    await vi.waitFor(() => expect(questions).toHaveLength(1));
    questions[0]?.answer([attachment("a", "2026-11-22T10:00:00Z")], "next");
    await vi.waitFor(() => expect(questions).toHaveLength(2));
    expect((await attributing.settled(10))(door).actor).toBe(mallory);
    questions[1]?.answer();
  });

  test("is left alone after the deadline, with nothing begun any more", async () => {
    const questions = await trail();
    const doors = ["a", "b", "c"].map(widening);
    const attributing = startAttribution(makeClients("us-east-1"), doors, [], {
      ...always,
      deadlineMs: 300,
    });
    const started = performance.now();
    const attribute = await attributing.settled(20_000);
    expect(performance.now() - started).toBeLessThan(patience);
    for (const door of doors) expect(attribute(door)).toEqual(unknownAttribution);
    expect(questions.map(({ role }) => role).toSorted()).toEqual(["a", "b"]);
  });
});

describe("a record from before the last run that saw the door shut", () => {
  const notBefore = "2026-11-22T10:00:00.700Z";

  test.each([
    ["2026-09-01T00:00:00Z", null],
    ["2026-11-22T09:59:59Z", null],
    // CloudTrail rounds down to the second: this may have been at .900.
    ["2026-11-22T10:00:00Z", mallory],
    ["2026-11-22T10:05:00Z", mallory],
  ])("names nobody, however alike: %s names %s", async (at, actor) => {
    const questions = await trail(({ role, answer }) => answer([attachment(role, at)]));
    const door = widening("a");
    const options = { ...always, notBefore: () => notBefore };
    const attributing = startAttribution(makeClients("us-east-1"), [door], [], options);
    expect((await attributing.settled(patience))(door).actor).toBe(actor);
    expect(questions.map(({ startTime }) => startTime)).toEqual([
      Date.parse("2026-11-22T10:00:00Z") / 1000,
    ]);
  });

  test("is measured for each door by itself, in one look-up for both", async () => {
    const questions = await trail(({ role, answer }) =>
      answer([attachment(role, "2026-11-20T00:00:00Z")]),
    );
    const [older, newer] = [widening("a"), widening("a")];
    const options = {
      ...always,
      notBefore: (door: DriftWidening) => (door === newer ? notBefore : "2026-11-01T00:00:00Z"),
    };
    const attributing = startAttribution(makeClients("us-east-1"), [newer, older], [], options);
    const attribute = await attributing.settled(patience);
    expect([attribute(older).actor, attribute(newer).actor]).toEqual([mallory, null]);
    expect(questions.map(({ startTime }) => startTime)).toEqual([
      Date.parse("2026-11-01T00:00:00Z") / 1000,
    ]);
  });

  test("names nobody by the event that woke the run either", async () => {
    await trail(({ answer }) => answer());
    const { userIdentity, requestParameters: parameters } = attachment("a", "");
    const at = "2026-11-22T09:00:00Z";
    const call = { eventName: "AttachRolePolicy", actor: userIdentity.arn, at, parameters };
    const woken = { ...call, account: null };
    const door = widening("a");
    const options = { ...always, notBefore: () => notBefore };
    const attributing = startAttribution(makeClients("us-east-1"), [door], [woken], options);
    expect((await attributing.settled(patience))(door)).toEqual(unknownAttribution);
  });
});
