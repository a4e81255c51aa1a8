import { spawn } from "node:child_process";
import { AmplifyClient, ListAppsCommand } from "@aws-sdk/client-amplify";
import { CloudTrailClient, LookupEventsCommand } from "@aws-sdk/client-cloudtrail";
import { DescribeRepositoriesCommand, ECRClient } from "@aws-sdk/client-ecr";
import { EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { GetRoleCommand } from "@aws-sdk/client-iam";
import { PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import { GetParameterCommand } from "@aws-sdk/client-ssm";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { type Clients, lateClient, makeClients } from "../../shared/edge/clients.ts";
import { faultOf } from "../../shared/edge/faults.ts";
import { type Limits, standardLimits } from "../../shared/edge/limits.ts";
import { trailClient } from "../../shared/edge/trail.ts";
import {
  type BadServer,
  deafServer,
  drippingServer,
  serverThat,
  silentServer,
  stallingServer,
} from "./servers.ts";

const region = "us-east-1";
const limits = { callMs: 400, tryMs: 120, connectMs: 80 };
/** Far above the limits, for a machine that is busy, and far below any default. */
const patience = 3_000;

type Service = Exclude<keyof Clients, "count" | "region" | "time" | "pace" | "late">;

/** A call of each client; the compiler asks for a row for every new one. */
const calls: Readonly<Record<Service, (clients: Clients) => Promise<unknown>>> = {
  iam: ({ iam }) => iam.send(new GetRoleCommand({ RoleName: "r" })),
  ssm: ({ ssm }) => ssm.send(new GetParameterCommand({ Name: "/p" })),
};

const sts = lateClient("sts", async () => STSClient);
const sns = lateClient("sns", async () => SNSClient);
const events = lateClient("events", async () => EventBridgeClient);
const cloudTrail = lateClient("cloudtrail", async () => CloudTrailClient);
const ecr = lateClient("ecr", async () => ECRClient);
const amplify = lateClient("amplify", async () => AmplifyClient);
/** Clients that not every run needs. */
const late = {
  sts: async (clients: Clients) => (await sts(clients)).send(new GetCallerIdentityCommand({})),
  sns: async (clients: Clients) =>
    (await sns(clients)).send(new PublishCommand({ TopicArn: "arn:aws:sns:x", Message: "m" })),
  events: async (clients: Clients) =>
    (await events(clients)).send(new PutEventsCommand({ Entries: [] })),
  cloudTrail: async (clients: Clients) =>
    (await cloudTrail(clients)).send(new LookupEventsCommand({})),
  ecr: async (clients: Clients) =>
    (await ecr(clients, region)).send(new DescribeRepositoriesCommand({})),
  amplify: async (clients: Clients) =>
    (await amplify(clients, region)).send(new ListAppsCommand({})),
};

const rows = Object.entries({ ...calls, ...late });

async function failure(call: Promise<unknown>): Promise<{ readonly error: Error; ms: number }> {
  const started = performance.now();
  const error: unknown = await call.then(
    () => new Error("the call succeeded"),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof Error)) throw new Error(`no error was thrown, but ${String(error)}`);
  return { error, ms: performance.now() - started };
}

describe.each([
  ["takes the request and says nothing", silentServer],
  ["stops in the middle of its answer", stallingServer],
  ["sends a byte now and then", drippingServer],
  ["does not pick up", deafServer],
] as const)("a server that %s", (_, open) => {
  let server: BadServer;
  beforeAll(async () => {
    server = await open();
    vi.stubEnv("AWS_ENDPOINT_URL", server.endpoint);
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await server.close();
  });

  test.concurrent.each(rows)("holds up no call of %s beyond its limit", async (_name, call) => {
    const { error, ms } = await failure(call(makeClients(region, limits)));
    expect(error.name).toBe("TimeoutError");
    expect(ms).toBeGreaterThan(limits.callMs / 2);
    expect(ms).toBeLessThan(patience);
    expect(faultOf("x:Call", error)).toMatchObject({ code: "TimeoutError", kind: "transient" });
  });
});

describe("a call", () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  function clientsAt({ endpoint }: BadServer, shorter: Partial<Limits> = limits): Clients {
    vi.stubEnv("AWS_ENDPOINT_URL", endpoint);
    return makeClients(region, shorter);
  }

  test("to a server that answers is answered while another service is silent", async () => {
    const silent = await silentServer();
    const good = await serverThat((_, __, response) => response.end('{"Parameter":{"Value":"v"}}'));
    const clients = clientsAt(silent);
    vi.stubEnv("AWS_ENDPOINT_URL_SSM", good.endpoint);
    const order: string[] = [];
    await Promise.all([
      failure(late.amplify(clients)).then(() => order.push("amplify")),
      calls.ssm(clients).then(() => order.push("ssm")),
    ]);
    expect(order).toEqual(["ssm", "amplify"]);
    await Promise.all([silent.close(), good.close()]);
  });

  test("gets a second try where the first was not answered, and counts it", async () => {
    const server = await serverThat((nth, _, response) => {
      if (nth > 1) response.end('{"Parameter":{"Value":"v"}}');
    });
    const clients = clientsAt(server);
    await calls.ssm(clients);
    expect(clients.count.get("ssm:GetParameter")).toBe(2);
    await server.close();
  });

  test("tries no longer than its limit to connect", async () => {
    const server = await deafServer();
    const { error } = await failure(calls.ssm(clientsAt(server, { connectMs: 20 })));
    expect(error.name).toBe("TimeoutError");
    expect(error.message).toContain("connection");
    await server.close();
  });

  test("ends as soon as its caller does not want it any more", async () => {
    const server = await silentServer();
    const clients = clientsAt(server);
    const signal = AbortSignal.abort();
    const call = clients.ssm.send(new GetParameterCommand({ Name: "/p" }), {
      abortSignal: signal,
    });
    const { error, ms } = await failure(call);
    expect(error.name).toBe("AbortError");
    expect(ms).toBeLessThan(limits.tryMs);
    await server.close();
  });

  test("closes its connection when its time is over", async () => {
    let closed = 0;
    const server = await serverThat((_, request) => {
      request.socket.on("close", () => {
        closed += 1;
      });
    });
    const clients = clientsAt(server);
    await failure(calls.ssm(clients));
    await vi.waitFor(() => expect(closed).toBe(clients.count.get("ssm:GetParameter")));
    await server.close();
  });

  test("that timed out keeps the process no longer", async () => {
    const server = await silentServer();
    const script = `
      import { GetParameterCommand } from "@aws-sdk/client-ssm";
      import { makeClients } from "./shared/edge/clients.ts";
      const clients = makeClients("us-east-1", { callMs: 200, tryMs: 60_000 });
      const call = clients.ssm.send(new GetParameterCommand({ Name: "/p" }));
      await call.catch((error) => console.log(error.name));`;
    const child = spawn(process.execPath, ["--input-type=module", "--eval", script], {
      env: { ...process.env, AWS_ENDPOINT_URL: server.endpoint },
    });
    const said: string[] = [];
    child.stdout.on("data", (chunk) => said.push(String(chunk)));
    const giveUp = setTimeout(() => child.kill(), 15_000);
    const code = await new Promise((resolve) => child.on("close", resolve));
    clearTimeout(giveUp);
    expect([code, said.join("").trim()]).toEqual([0, "TimeoutError"]);
    await server.close();
  });
});

test("in use, three whole tries fit into a call, and a call into half a minute", () => {
  const { callMs, tryMs, connectMs } = standardLimits;
  expect(callMs).toBe(30_000);
  expect(tryMs * 3).toBeLessThan(callMs);
  expect(connectMs).toBeLessThan(tryMs);
});

test("every service has one client a Region, and a run its own", async () => {
  const clients = makeClients(region);
  expect(ecr(clients, region)).toBe(ecr(clients, region));
  expect(ecr(clients, region)).not.toBe(ecr(clients, "eu-west-1"));
  expect(ecr(makeClients(region), region)).not.toBe(ecr(clients, region));
  expect(await sns(clients)).toBe(await sns(clients, region));
  expect(await sns(makeClients(region))).not.toBe(await sns(clients));
  expect(await trailClient(clients)).toBe(await trailClient(clients));
});

test("a client tries again at our pace, whatever mode the environment names", async () => {
  vi.stubEnv("AWS_RETRY_MODE", "adaptive");
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
  const { iam, ssm } = makeClients(region);
  for (const { config } of [iam, ssm]) {
    expect(await config.retryStrategy()).toMatchObject({ mode: "standard" });
  }
});
