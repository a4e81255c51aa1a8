import type { Reading } from "../../aws/reading.ts";
import type { AmplifyQuestion } from "../../targets/amplify/kind.ts";
import type { AmplifyApp, FoundApps } from "../../targets/amplify/resolve.ts";
import { type Clients, lateClient } from "../clients.ts";
import { type Look, reading } from "./reader.ts";

const amplify = lateClient(
  "amplify",
  async () => (await import("../sdk/amplify.ts")).AmplifyClient,
);

/** Reads the apps of a Region, with the branches of those whose branches are named. */
export async function readAmplify(
  { clients, region }: Look,
  question: AmplifyQuestion,
): Promise<FoundApps> {
  if (question.length === 0) return { kind: "absent" };
  const likelyIds = question.flatMap(({ namesBranches, likelyId }) =>
    namesBranches && likelyId !== null ? [likelyId] : [],
  );
  const likely = new Map(
    [...new Set(likelyIds)].map((id) => [id, readBranches(clients, region, id)] as const),
  );
  const apps = await reading(`amplify:ListApps in ${region}`, () => listApps(clients, region));
  if (apps.kind !== "found") return apps;
  const wanted = await Promise.all(
    apps.value.map(async (app): Promise<AmplifyApp> => {
      const named = question.some(
        (entry) => entry.namesBranches && (entry.app === app.id || entry.app === app.name),
      );
      if (!named) return { ...app, branches: null };
      const branches = await (likely.get(app.id) ?? readBranches(clients, region, app.id));
      return { ...app, branches };
    }),
  );
  return { kind: "found", value: wanted };
}

/** Every app of a Region, without its branches. */
export async function listApps(
  clients: Clients,
  region: string,
): Promise<readonly Omit<AmplifyApp, "branches">[]> {
  const { paginateListApps } = await import("../sdk/amplify.ts");
  const client = await amplify(clients, region);
  const pages = await Array.fromAsync(paginateListApps({ client, pageSize: 100 }, {}));
  return pages
    .flatMap(({ apps = [] }) => apps)
    .flatMap(({ appId, name, appArn, repository }) =>
      typeof appId !== "string" || typeof name !== "string" || typeof appArn !== "string"
        ? []
        : // The API calls the repository required, and leaves it out where none is connected.
          [{ id: appId, name, arn: appArn, hasRepository: (repository ?? "") !== "" }],
    );
}

function readBranches(
  clients: Clients,
  region: string,
  appId: string,
): Promise<Reading<readonly string[]>> {
  return reading(`amplify:ListBranches ${appId} in ${region}`, async () => {
    const { paginateListBranches } = await import("../sdk/amplify.ts");
    const client = await amplify(clients, region);
    const pages = await Array.fromAsync(paginateListBranches({ client, pageSize: 50 }, { appId }));
    return pages.flatMap(({ branches = [] }) =>
      branches.flatMap(({ branchName }) => (typeof branchName === "string" ? branchName : [])),
    );
  });
}
