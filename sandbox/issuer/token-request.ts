import type { TokenRequest } from "./claims.ts";

/**
 * A token request from a URL's query, whose names are the members of `TokenRequest`. With it a
 * shell can ask a running sandbox for a token. Null if one of the two ids is missing.
 */
export function tokenRequestIn(query: URLSearchParams): TokenRequest | null {
  const organizationId = query.get("organizationId");
  const projectId = query.get("projectId");
  if (organizationId === null || projectId === null) return null;
  const [userId, origin, ref, audience, subject, issuedAt, shape] = [
    "userId",
    "origin",
    "ref",
    "audience",
    "subject",
    "issuedAt",
    "shape",
  ].map((name) => query.get(name) ?? undefined);
  return {
    organizationId,
    projectId,
    ...(userId === undefined ? {} : { userId }),
    ...(origin === undefined ? {} : { origin }),
    ...(ref === undefined ? {} : { ref }),
    ...(audience === undefined ? {} : { audience }),
    ...(subject === undefined ? {} : { subject }),
    ...(issuedAt === undefined ? {} : { issuedAt: new Date(Number(issuedAt) * 1000) }),
    ...(query.get("version") === "1" ? { version: 1 as const } : {}),
    ...(shape === "audit-log-stream" || shape === "root-issuer" ? { shape } : {}),
  };
}
