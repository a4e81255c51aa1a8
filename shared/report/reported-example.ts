import type { Example } from "../plan/drift.ts";
import type { ReportedExample } from "./report.ts";

/** The example as every other witness: a call names the role whose sessions make it. */
export function reportedExample({ resource, admitted }: Example, role: string): ReportedExample {
  if (resource !== "permissions") return { resource, admitted };
  const principal = { type: "AWS", id: role } as const;
  return { resource, admitted: admitted === null ? null : { principal, ...admitted } };
}
