import { publish, putEvent } from "../edge/alerts.ts";
import type { Clients } from "../edge/clients.ts";
import type { Fault } from "../plan/observed.ts";
import { type AlertContext, busEvent, topicMessage } from "../report/message.ts";
import type { Alert } from "../report/report.ts";

export type Channels = {
  /** `null`: no topic is set up. */
  readonly topicArn: string | null;
  readonly bus: string;
};

export type Delivery = {
  readonly faults: readonly Fault[];
  /** Alerts that no channel took. */
  readonly undelivered: readonly Alert[];
};

/** Sends every alert by every channel. A channel that fails is told of and stops nothing. */
export async function announce(
  clients: Clients,
  channels: Channels,
  alerts: readonly { readonly alert: Alert; readonly context: AlertContext }[],
): Promise<Delivery> {
  const outcomes = await Promise.all(
    alerts.map(async ({ alert, context }) => {
      const { topicArn, bus } = channels;
      const faults = await Promise.all([
        ...(topicArn === null ? [] : [publish(clients, topicArn, topicMessage(alert, context))]),
        putEvent(clients, bus, busEvent(alert, context)),
      ]);
      return { alert, faults };
    }),
  );
  const faults = outcomes.flatMap((outcome) => outcome.faults.flatMap((fault) => fault ?? []));
  const seen = new Map(faults.map((fault) => [fault.message, fault]));
  return {
    faults: [...seen.values()],
    undelivered: outcomes
      .filter((outcome) => outcome.faults.every((fault) => fault !== null))
      .map(({ alert }) => alert),
  };
}
