import type { Report } from "../../shared/report/report.ts";
import { textOf, type Written } from "../scenarios/documents.ts";
import type { Ground } from "./ground.ts";

/** The guide's policy, in the account of a ground. */
export const policyArn = "arn:aws:iam::123456789012:policy/CircleCI-Deployment-Policy";

/** Puts a document, and approves it where it is held. */
export async function applied(ground: Ground, document: Written): Promise<void> {
  const version = await ground.put(textOf(document));
  const { report } = await ground.run();
  if (report.environments[0]?.outcome !== "held") return;
  await ground.approve(version);
  await ground.run();
}

export const kindsOf = ({ alerts }: Report): readonly string[] => alerts.map(({ kind }) => kind);
