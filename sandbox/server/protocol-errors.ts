import { type Service, ServiceError } from "./operation.ts";

/**
 * Errors that come before any operation, such as a missing permission. Their codes and HTTP
 * statuses differ by protocol: query services answer 403 and short codes, JSON services 400 and
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
  const query = service.protocol === "query";
  const forbidden = service.protocol === "json-1.0" || service.protocol === "json-1.1" ? 400 : 403;
  switch (kind) {
    case "access-denied":
      if (service.name === "sns") return new ServiceError("AuthorizationError", message, 403);
      return new ServiceError(query ? "AccessDenied" : "AccessDeniedException", message, forbidden);
    case "unknown-key": {
      const code = query ? "InvalidClientTokenId" : "UnrecognizedClientException";
      return new ServiceError(code, message, forbidden);
    }
    case "expired-session":
      return new ServiceError(query ? "ExpiredToken" : "ExpiredTokenException", message, forbidden);
    case "missing-signature": {
      const code = query ? "MissingAuthenticationToken" : "MissingAuthenticationTokenException";
      return new ServiceError(code, message, forbidden);
    }
    case "unknown-operation":
      return new ServiceError(query ? "InvalidAction" : "UnknownOperationException", message, 400);
    case "throttled":
      return new ServiceError(query ? "Throttling" : "ThrottlingException", message, 400);
    default:
      throw new Error(`no such refusal: ${kind satisfies never}`);
  }
}
