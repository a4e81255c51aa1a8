import { PutParameterCommand } from "@aws-sdk/client-ssm";
import { prefix, type Scenario } from "../scenarios/harness.ts";
import { hour, start, textOf, wait } from "./ground.ts";

/** One way by which somebody with PutParameter and DeleteParameter gets a text into the parameter. */
export type Way = {
  readonly way: string;
  readonly write: (account: Scenario, text: string) => Promise<unknown>;
};

/** Puts a text that deletes itself after an hour: DeleteParameter is not needed for that. */
export async function putExpiring(account: Scenario, text: string, name = "production") {
  const Timestamp = new Date(Date.now() + hour).toISOString();
  await account.ssm.send(
    new PutParameterCommand({
      Name: `${prefix}/environments/${name}`,
      Value: text,
      Type: "String",
      Overwrite: true,
      Tier: "Advanced",
      Policies: JSON.stringify([{ Type: "Expiration", Version: "1.0", Attributes: { Timestamp } }]),
    }),
  );
}

export const ways: readonly Way[] = [
  { way: "PutParameter", write: (account, text) => account.put(text) },
  {
    way: "PutParameter a hundred and one times",
    write: async (account, text) => {
      for (let time = 0; time < 101; time += 1) await account.put(text);
    },
  },
  {
    way: "DeleteParameter and PutParameter",
    write: async (account, text) => {
      await account.remove();
      await account.put(text);
    },
  },
  {
    way: "DeleteParameter, a run, PutParameter",
    write: async (account, text) => {
      await account.remove();
      await account.run();
      await account.put(text);
    },
  },
  {
    way: "DeleteParameter, what was in force, a run, and the edit as version 2",
    write: async (account, text) => {
      await account.remove();
      await account.put(textOf(start));
      await account.run();
      await account.put(text);
    },
  },
  {
    way: "a parameter that expires, and PutParameter before anybody looked",
    write: async (account, text) => {
      await account.remove();
      await putExpiring(account, textOf(start));
      wait(2 * hour);
      await account.put(text);
    },
  },
  {
    way: "the edit itself in a parameter that expires, a run, and the edit again",
    write: async (account, text) => {
      await account.remove();
      await putExpiring(account, text);
      wait(2 * hour);
      await account.run();
      await account.put(text);
    },
  },
];
