import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { ServerResponse } from "node:http";
import { CreateTopicCommand, SNSClient } from "@aws-sdk/client-sns";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type EventBridgeEvent, type Sandbox, startSandbox } from "../../sandbox/index.ts";
import { type Clients, lateClient, makeClients } from "../../shared/edge/clients.ts";
import { announce, type Channels } from "../../shared/loop/announce.ts";
import { type Announced, singlesMax } from "../../shared/report/posts.ts";
import type { Alert } from "../../shared/report/report.ts";
import { serverThat } from "../edge/servers.ts";

let sandbox: Sandbox;
let clients: Clients;
let channels: Channels;
let events: EventBridgeEvent[];

beforeEach(async () => {
  sandbox = await startSandbox();
  for (const [name, value] of Object.entries(sandbox.environment)) vi.stubEnv(name, value);
  clients = makeClients(sandbox.region, { callMs: 5_000 });
  const sns = lateClient("sns", async () => SNSClient);
  const client = await sns(clients);
  const { TopicArn = null } = await client.send(new CreateTopicCommand({ Name: "alerts" }));
  channels = { topicArn: TopicArn, bus: "default" };
  events = [];
  sandbox.events.onEvent((event) => {
    if (event.source === "oidc-reconciler") events.push(event);
  });
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await sandbox.close();
});

function announced(alert: Partial<Alert>): Announced {
  return {
    alert: {
      kind: "drift-corrected",
      severity: "info",
      environment: "production",
      title: `${alert.environment ?? "production"}: drift was corrected`,
      text: "Something differed.\nNothing is to be done.",
      ...alert,
    },
    context: {
      account: "123456789012",
      region: "us-east-1",
      runId: "run-1",
      at: "2026-11-22T10:00:00.000Z",
      widenings: [],
    },
  };
}

/** One alert for each environment, the first few of them critical. */
function many(count: number, criticals = 0, name = (nth: number) => `env-${nth}`) {
  return Array.from({ length: count }, (_, nth) =>
    announced({
      kind: "trust-widened",
      severity: nth < criticals ? "critical" : "warning",
      environment: name(nth),
    }),
  );
}

/** Refuses what the topic or the bus is sent where its text says so. */
function refuse(operation: "Publish" | "PutEvents", text = ""): void {
  sandbox.faults.add({
    when: (call) => call.operation === operation && JSON.stringify(call.input).includes(text),
    at: "before",
    how: { error: "KMSAccessDeniedException", httpStatus: 400 },
  });
}

function callsTo(operation: string): number {
  return sandbox.calls.filter((call) => call.operation === operation).length;
}

function detailsOf(kind: string): readonly EventBridgeEvent["detail"][] {
  return events.map(({ detail }) => detail).filter((detail) => detail["kind"] === kind);
}

describe("alerts of one kind", () => {
  test(`go out one by one, up to ${singlesMax} of them`, async () => {
    const delivery = await announce(clients, channels, many(singlesMax));
    expect(delivery).toEqual({ faults: [], undelivered: [] });
    expect(sandbox.messages).toHaveLength(singlesMax);
    expect(events).toHaveLength(singlesMax);
    expect(callsTo("PutEvents")).toBe(3);
  });

  test("become one message above, which names every environment and the worst first", async () => {
    const alerts = many(singlesMax + 5).map((each, nth) =>
      nth === 20 ? announced({ ...each.alert, severity: "critical" }) : each,
    );
    await announce(clients, channels, [...alerts, announced({ kind: "adopted" })]);
    expect(sandbox.messages).toHaveLength(2);
    const message = sandbox.messages.find(({ subject }) => subject?.includes("30 alerts"));
    expect(message).toBeDefined();
    const attribute = message?.attributes.get("environment");
    expect(attribute?.type).toBe("String.Array");
    const names: readonly string[] = JSON.parse(String(attribute?.value));
    expect(names[0]).toBe("env-20");
    expect(names.toSorted()).toEqual(
      many(30)
        .map(({ alert }) => alert.environment)
        .toSorted(),
    );
    expect(message?.attributes.get("kind")?.value).toBe("trust-widened");
    expect(message?.attributes.get("severity")?.value).toBe("critical");
    const { content } = JSON.parse(message?.message ?? "");
    for (const name of names) expect(content.description).toContain(name);
    expect(content.description).toContain("env-20: drift was corrected");
  });

  test("stay events of their own on the bus where they are critical", async () => {
    await announce(clients, channels, many(40, 12));
    const details = detailsOf("trust-widened");
    const single = details.filter(({ environment }) => environment !== undefined);
    expect(single.map(({ environment }) => environment).toSorted()).toEqual(
      many(12)
        .map(({ alert }) => alert.environment)
        .toSorted(),
    );
    const digest = details.find(({ environments }) => environments !== undefined);
    expect(digest).toMatchObject({ severity: "warning", count: 28, account: "123456789012" });
    expect(digest?.["environments"]).toHaveLength(28);
    expect(details).toHaveLength(13);
  });

  test("fit into a message however many they are, and it says how many it leaves out", async () => {
    const wide = many(6_000, 0, (nth) => `${nth}-`.padEnd(64, "e"));
    const delivery = await announce(clients, channels, wide);
    expect(delivery).toEqual({ faults: [], undelivered: [] });
    const [message] = sandbox.messages;
    const names: readonly string[] = JSON.parse(
      String(message?.attributes.get("environment")?.value),
    );
    expect(names.length).toBeGreaterThan(1_000);
    expect(message?.message).toContain(`${6_000 - names.length} more environments do not fit`);
    expect(JSON.parse(message?.message ?? "").content.description.length).toBeLessThan(8_000);
    const size = Buffer.byteLength(message?.message ?? "") + names.join('","').length;
    expect(size).toBeLessThan(262_144);
  });
});

describe("delivered", () => {
  test("is what the topic took, though the bus did not", async () => {
    refuse("PutEvents");
    const delivery = await announce(clients, channels, [announced({})]);
    expect(delivery.undelivered).toEqual([]);
    expect(delivery.faults).toMatchObject([{ message: expect.stringContaining("PutEvents") }]);
  });

  test("is nothing that the bus alone took, where there is a topic", async () => {
    refuse("Publish", "staging");
    const [good, bad] = [announced({}), announced({ environment: "staging" })];
    const delivery = await announce(clients, channels, [good, bad]);
    expect(delivery.undelivered).toEqual([bad.alert]);
    expect(delivery.faults).toMatchObject([{ message: expect.stringContaining("sns:Publish") }]);
    expect(events).toHaveLength(2);
  });

  test("is what the bus took, where there is no topic", async () => {
    const delivery = await announce(clients, { ...channels, topicArn: null }, many(30, 2));
    expect(delivery).toEqual({ faults: [], undelivered: [] });
    expect(sandbox.messages).toEqual([]);
    refuse("PutEvents");
    const lost = await announce(clients, { ...channels, topicArn: null }, many(30, 2));
    expect(lost.undelivered).toHaveLength(30);
    expect(lost.faults).toHaveLength(1);
  });

  test("is each alert of a digest or none", async () => {
    refuse("Publish");
    const delivery = await announce(clients, channels, many(30, 2));
    expect(delivery.undelivered).toHaveLength(30);
  });

  test("are all entries of a request but those that failed", async () => {
    const bus = await serverThat((_, request, response, body) => {
      const { Entries }: { Entries: readonly { Detail: string }[] } = JSON.parse(body);
      expect(request.headers["x-amz-target"]).toBe("AWSEvents.PutEvents");
      const answers = Entries.map(({ Detail }) =>
        Detail.includes('"env-3"') ? { ErrorCode: "InternalFailure" } : { EventId: "e" },
      );
      response.end(JSON.stringify({ FailedEntryCount: 1, Entries: answers }));
    });
    vi.stubEnv("AWS_ENDPOINT_URL_EVENTBRIDGE", bus.endpoint);
    const alerts = many(6);
    const delivery = await announce(clients, { ...channels, topicArn: null }, alerts);
    expect(delivery.undelivered).toEqual([alerts[3]?.alert]);
    expect(delivery.faults).toMatchObject([{ code: "InternalFailure", kind: "transient" }]);
    await bus.close();
  });
});

describe("a run that was interrupted", () => {
  const interrupted = announced({ kind: "run-interrupted" });

  test("is put on the bus after the topic took it", async () => {
    await announce(clients, channels, [interrupted]);
    const order = sandbox.calls.map(({ operation }) => operation);
    expect(order.indexOf("Publish")).toBeLessThan(order.indexOf("PutEvents"));
    expect(detailsOf("run-interrupted")).toHaveLength(1);
  });

  test("is not put on the bus if the topic did not take it", async () => {
    refuse("Publish");
    const delivery = await announce(clients, channels, [interrupted, announced({})]);
    expect(delivery.undelivered).toHaveLength(2);
    expect(events.map(({ detail }) => detail["kind"])).toEqual(["drift-corrected"]);
  });

  test("is put on the bus if there is no topic", async () => {
    const delivery = await announce(clients, { ...channels, topicArn: null }, [interrupted]);
    expect(delivery.undelivered).toEqual([]);
    expect(detailsOf("run-interrupted")).toHaveLength(1);
  });
});

describe("a burst", () => {
  test("of 700 takes one client a channel and a dozen connections, and all of it arrives", async () => {
    const kinds = ["trust-widened", "permissions-widened", "drift-corrected"] as const;
    const alerts = Array.from({ length: 700 }, (_, nth) =>
      announced({
        kind: kinds[nth % kinds.length] ?? "adopted",
        severity: nth % 2 === 0 ? "critical" : "warning",
        environment: `env-${nth}`,
      }),
    );
    const made = new Set<unknown>();
    const counting = async <Client>(client: Promise<Client>): Promise<Client> => {
      made.add(await client);
      return client;
    };
    let connections = 0;
    const count = () => {
      connections += 1;
    };
    subscribe("net.client.socket", count);
    const delivery = await announce(
      {
        ...clients,
        late: (service, load) => {
          const make = clients.late(service, load);
          return (region) => counting(make(region));
        },
      },
      channels,
      alerts,
    );
    unsubscribe("net.client.socket", count);
    // Among the faults there would be EMFILE, had each alert opened a client of its own.
    expect(delivery).toEqual({ faults: [], undelivered: [] });
    expect(made.size).toBe(2);
    expect(connections).toBeGreaterThan(0);
    expect(connections).toBeLessThanOrEqual(8 + 4);
    expect(
      sandbox.messages.map(({ attributes }) => attributes.get("kind")?.value).toSorted(),
    ).toEqual(kinds.toSorted());
    const named = sandbox.messages.flatMap(({ attributes }): readonly string[] =>
      JSON.parse(attributes.get("environment")?.value ?? "[]"),
    );
    expect(named.toSorted()).toEqual(alerts.map(({ alert }) => alert.environment).toSorted());
    const alone = events.flatMap(({ detail }) => detail["environment"] ?? []);
    const critical = alerts.filter(({ alert }) => alert.severity === "critical");
    expect(alone.toSorted()).toEqual(critical.map(({ alert }) => alert.environment).toSorted());
    expect(events).toHaveLength(critical.length + kinds.length);
  });

  test("opens at most eight connections to the topic", async () => {
    const kinds = ["adopted", "orphaned", "conflict"] as const;
    const alerts = kinds.flatMap((kind) => Array.from({ length: 20 }, () => announced({ kind })));
    let received = 0;
    let most = 0;
    const open: ServerResponse[] = [];
    // None is answered before eight are there, so that it does not matter how fast they come; and
    // then a ninth has time to come.
    const topic = await serverThat((_, __, response) => {
      received += 1;
      open.push(response);
      most = Math.max(most, open.length);
      if (open.length < 8 && received < alerts.length) return;
      setTimeout(() => {
        for (const each of open.splice(0)) {
          each.end(
            '<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>',
          );
        }
      }, 20);
    });
    vi.stubEnv("AWS_ENDPOINT_URL_SNS", topic.endpoint);
    const fresh = makeClients(sandbox.region, { callMs: 5_000 });
    const delivery = await announce(fresh, channels, alerts);
    expect(delivery.undelivered).toEqual([]);
    expect(most).toBe(8);
    await topic.close();
  });

  test("is put on the bus in requests of less than 200 kilobytes, however large one is", async () => {
    const large = Array.from({ length: 9 }, (_, nth) =>
      announced({ environment: `env-${nth}`, text: "ü".repeat(30_000) }),
    );
    const huge = announced({ environment: "huge", text: "x".repeat(400_000) });
    await announce(clients, { ...channels, topicArn: null }, [...large, huge]);
    const sizes = sandbox.calls
      .filter(({ operation }) => operation === "PutEvents")
      .map(({ input }) => Buffer.byteLength(JSON.stringify(input["Entries"])));
    expect(Math.max(...sizes)).toBeLessThan(205_000);
    expect(events).toHaveLength(10);
    const [short] = events.filter(({ detail }) => detail["environment"] === "huge");
    expect(short?.detail).toMatchObject({ shortened: true, kind: "drift-corrected" });
  });
});
