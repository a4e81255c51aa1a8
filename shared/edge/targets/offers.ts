import { type KindName, targetKinds } from "../../targets/index.ts";
import type { Clients } from "../clients.ts";
import { faultOf } from "../faults.ts";
import { listApps } from "./amplify.ts";
import { listServices } from "./app-runner.ts";
import { listRepositories } from "./ecr.ts";
import { listEcsServices } from "./ecs-listing.ts";

type List = (clients: Clients, region: string) => Promise<readonly string[]>;

/**
 * What an account has of each kind, for a person to choose from. Lambda functions are left out: a
 * list of them shows their environment variables, and secrets are kept there.
 */
const lists: Readonly<Record<KindName, List | null>> = {
  ecr: async (clients, region) => [...(await listRepositories(clients, region)).keys()],
  appRunner: async (clients, region) => [...(await listServices(clients, region)).keys()],
  ecsExpress: (clients, region) => listEcsServices(clients, region, "express"),
  ecs: (clients, region) => listEcsServices(clients, region, "plain"),
  lambda: null,
  amplify: async (clients, region) => (await listApps(clients, region)).map(({ name }) => name),
};

/** Names that can be chosen, or why nobody knows them. */
export type Offer =
  | { readonly kind: "names"; readonly names: readonly string[] }
  | { readonly kind: "unlisted"; readonly why: string | null };

/** The targets of one kind in a Region, by the names that a document takes, in their order. */
export async function offerOf(clients: Clients, region: string, kind: KindName): Promise<Offer> {
  const list = lists[kind];
  const { regions } = targetKinds[kind];
  if (list === null) return { kind: "unlisted", why: null };
  if (regions !== null && !regions.names.includes(region)) return { kind: "names", names: [] };
  try {
    const names = await list(clients, region);
    return { kind: "names", names: [...new Set(names)].toSorted() };
  } catch (thrown) {
    return { kind: "unlisted", why: faultOf(`listing ${kind} in ${region}`, thrown).message };
  }
}
