import type { Reading } from "../../aws/reading.ts";
import type { FoundFunctions } from "../../targets/lambda/resolve.ts";
import { lateClient } from "../clients.ts";
import { isNamed } from "../faults.ts";
import { pacer } from "../pace.ts";
import { type Look, reading } from "./reader.ts";

const lambda = lateClient("lambda", async () => (await import("../sdk/lambda.ts")).LambdaClient);

/** Lambda takes 15 such calls a second from the whole account in a Region: deployments need some. */
const readPace = { burst: 10, perSecond: 10 } as const;

/** Reads whether each function exists. */
export async function readFunctions(look: Look, names: readonly string[]): Promise<FoundFunctions> {
  const reads = pacer({ ...readPace, ...look.clients.time });
  const read = names.map(async (name) => {
    await reads.take();
    return [name, await readFunction(look, name)] as const;
  });
  return { kind: "found", value: new Map(await Promise.all(read)) };
}

/**
 * Asks for one alias, because the other reads show too much: a function's configuration holds its
 * environment variables, often with secrets, and GetFunction also holds an address of its code.
 */
async function readFunction({ clients, region }: Look, name: string): Promise<Reading<true>> {
  const read = await reading(`lambda:ListAliases ${name} in ${region}`, async () => {
    const { ListAliasesCommand } = await import("../sdk/lambda.ts");
    const client = await lambda(clients, region);
    try {
      await client.send(new ListAliasesCommand({ FunctionName: name, MaxItems: 1 }));
      return true;
    } catch (thrown) {
      if (isNamed(thrown, "ResourceNotFound")) return false;
      throw thrown;
    }
  });
  if (read.kind !== "found") return read;
  return read.value ? { kind: "found", value: true } : { kind: "absent" };
}
