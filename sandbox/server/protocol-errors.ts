import { type Service, ServiceError } from "./operation.ts";

/**
 * Errors that come before any operation, such as a missing permission. Their codes and HTTP
 * statuses differ by protocol: services with XML answers have 403 and short codes, JSON services 400 and
 * codes that end in `Exception`.
 */
export type ProtocolError =
  | "access-denied"
  | "unknown-key"
  | "expired-session"
  | "missing-signature"
  | "unknown-operation"
  | "throttled";

export function protocolError(
  service: Service,
  kind: ProtocolError,
  message: string,
): ServiceError {
  const xml = service.protocol === "query" || service.protocol === "rest-xml";
  const forbidden = service.protocol === "json-1.0" || service.protocol === "json-1.1" ? 400 : 403;
  switch (kind) {
    case "access-denied":
      if (service.name === "sns") return new ServiceError("AuthorizationError", message, 403);
      return new ServiceError(xml ? "AccessDenied" : "AccessDeniedException", message, forbidden);
    case "unknown-key": {
      const code = xml ? "InvalidClientTokenId" : "UnrecognizedClientException";
      return new ServiceError(code, message, forbidden);
    }
    case "expired-session":
      return new ServiceError(xml ? "ExpiredToken" : "ExpiredTokenException", message, forbidden);
    case "missing-signature": {
      const code = xml ? "MissingAuthenticationToken" : "MissingAuthenticationTokenException";
      return new ServiceError(code, message, forbidden);
    }
    case "unknown-operation":
      return new ServiceError(xml ? "InvalidAction" : "UnknownOperationException", message, 400);
    case "throttled":
      return new ServiceError(xml ? "Throttling" : "ThrottlingException", message, 400);
    default:
      throw new Error(`no such refusal: ${kind satisfies never}`);
  }
}
