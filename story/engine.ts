import { GetRoleCommand } from "@aws-sdk/client-iam";
import { decodeJwt } from "jose";
import { type Admission, admitsTrust } from "../shared/explain/index.ts";
import type { Stage } from "./stage.ts";

/** Whether the role's trust policy admits a token, by the product's engine instead of STS. */
export async function trustAnswer(
  { admin, sandbox }: Stage,
  input: { readonly token: string; readonly roleName: string },
): Promise<Admission> {
  const { Role } = await admin.iam.send(new GetRoleCommand({ RoleName: input.roleName }));
  const trust = decodeURIComponent(Role?.AssumeRolePolicyDocument ?? "");
  const { iss = "", sub = "", aud = "", ...claims } = decodeJwt(input.token);
  const projectId = claims["oidc.circleci.com/project-id"];
  return admitsTrust(
    trust,
    {
      iss,
      sub,
      aud,
      ...(typeof projectId === "string" ? { "oidc.circleci.com/project-id": projectId } : {}),
    },
    new Map([["aws:currenttime", sandbox.clock.now().toISOString()]]),
  );
}
