import { expect, onTestFinished, test, vi } from "vitest";
import { putEvents } from "../../shared/edge/alerts.ts";
import { makeClients } from "../../shared/edge/clients.ts";
import { serverThat } from "./servers.ts";

const event = {
  source: "oidc-reconciler",
  detailType: "OIDC Reconciler Alert",
  detail: "{}",
} as const;

test("an event that the bus refuses in an answer that succeeds is not taken for sent", async () => {
  const Entries = [
    { EventId: "1" },
    { ErrorCode: "ThrottlingException", ErrorMessage: "slow down" },
    { ErrorCode: "NotAuthorizedForSource" },
  ];
  const answer = JSON.stringify({ FailedEntryCount: 2, Entries });
  const server = await serverThat((_, __, response) => response.end(answer));
  onTestFinished(async () => {
    vi.unstubAllEnvs();
    await server.close();
  });
  vi.stubEnv("AWS_ENDPOINT_URL", server.endpoint);
  // The fourth is left out of the answer: it may have failed too.
  const sent = await putEvents(makeClients("us-east-1"), "default", [event, event, event, event]);
  expect(sent.map((fault) => fault?.code ?? null)).toEqual([
    null,
    "ThrottlingException",
    "NotAuthorizedForSource",
    "EntryFailed",
  ]);
  expect(sent[1]).toMatchObject({ kind: "transient" });
});
