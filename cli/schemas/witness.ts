import * as z from "zod/mini";
import { list } from "./parts.ts";

export const principal = z.strictObject({
  type: z.enum(["AWS", "Federated", "Service", "CanonicalUser"]),
  id: z.string(),
});

/** Keys of a request with their values; a key that is not here is absent from the request. */
export const context = z.readonly(z.record(z.string(), list(z.string())));

const request = { principal, action: z.string(), context };

/** A request that proves that a trust policy admits more. */
export const witness = z.union([
  z.strictObject({
    ...request,
    reachable: z.literal(true),
    token: z.nullable(z.enum(["v2", "v1", "fork-pull-request", "audit-log-stream", "root-issuer"])),
  }),
  z.strictObject({ ...request, reachable: z.literal(false), token: z.null() }),
]);

/** A call that proves that a role may do more. */
export const call = z.strictObject({
  action: z.string(),
  resource: z.string(),
  context,
});

/** The same with who makes it: the role's own sessions. */
export const roleCall = z.extend(call, { principal });
