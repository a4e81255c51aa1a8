/**
 * The readers of deploy targets: a file for each kind, and the list of them here. A reader looks up what
 * documents name and no more. A call that fails is a reading (`reader.ts`), never an exception.
 */

import type { Account } from "../../aws/account.ts";
import type { ObservedTargets } from "../../plan/observed.ts";
import { type ByKind, byKindAtOnce, type KindName, type OfKind } from "../../targets/index.ts";
import type { Clients } from "../clients.ts";
import { readAmplify } from "./amplify.ts";
import { readAppRunner } from "./app-runner.ts";
import { readRepositories } from "./ecr.ts";
import { readFunctions } from "./lambda.ts";
import type { Look } from "./reader.ts";

/** What must be looked up in one Region, gathered from all documents. */
export type TargetQuestion = { readonly region: string } & ByKind<"question">;

/** Reads what exists of one kind; nothing that no document asks for. A fault is a reading. */
type Reader<Name extends KindName> = (
  look: Look,
  question: OfKind<Name>["question"],
) => Promise<OfKind<Name>["found"]>;

const readers: { readonly [Name in KindName]: Reader<Name> } = {
  ecr: readRepositories,
  appRunner: readAppRunner,
  // Few documents name any, and a function that starts reads all that it may need.
  ecsExpress: async (look, question) => {
    if (question.length === 0) return { kind: "found", value: new Map() };
    return (await import("./ecs-express.ts")).readExpress(look, question);
  },
  ecs: async (look, question) => {
    if (question.length === 0) return { kind: "found", value: new Map() };
    return (await import("./ecs.ts")).readEcs(look, question);
  },
  lambda: readFunctions,
  amplify: readAmplify,
};

/** Reads the deploy targets of one Region that exist; nothing that no document asks for. */
export async function readTargets(
  clients: Clients,
  question: TargetQuestion,
  place: { readonly account: Account } & Partial<Pick<Look, "definitions">>,
): Promise<ObservedTargets> {
  const { region } = question;
  const look = { clients, region, definitions: new Map(), ...place };
  return {
    region,
    ...(await byKindAtOnce<"found">((name) => readers[name](look, question[name]))),
  };
}
