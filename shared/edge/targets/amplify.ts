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

async function listApps(
  clients: Clients,
  region: string,
): Promise<readonly Omit<AmplifyApp, "branches">[]> {
  const { ListAppsCommand } = await import("../sdk/amplify.ts");
  const client = await amplify(clients, region);
  const apps: Omit<AmplifyApp, "branches">[] = [];
  let token: string | undefined;
  do {
    const page = await client.send(
      new ListAppsCommand({
        maxResults: 100,
        ...(token === undefined ? {} : { nextToken: token }),
      }),
    );
    for (const { appId, name, appArn, repository } of page.apps ?? []) {
      if (appId === undefined || name === undefined || appArn === undefined) continue;
      // The API calls the member required, and leaves it out where no repository is connected.
      apps.push({ id: appId, name, arn: appArn, hasRepository: (repository ?? "") !== "" });
    }
    token = page.nextToken;
  } while (token !== undefined && token !== "");
  return apps;
}

function readBranches(
  clients: Clients,
  region: string,
  appId: string,
): Promise<Reading<readonly string[]>> {
  return reading(`amplify:ListBranches ${appId} in ${region}`, async () => {
    const { ListBranchesCommand } = await import("../sdk/amplify.ts");
    const client = await amplify(clients, region);
    const names: string[] = [];
    let token: string | undefined;
    do {
      const page = await client.send(
        new ListBranchesCommand({
          appId,
          maxResults: 50,
          ...(token === undefined ? {} : { nextToken: token }),
        }),
      );
      names.push(...(page.branches ?? []).flatMap(({ branchName }) => branchName ?? []));
      token = page.nextToken;
    } while (token !== undefined && token !== "");
    return names;
  });
}
