import { connectionResetCode, ServiceError } from "../server/operation.ts";

/** An error answer of a service: its code, its message and its HTTP status. */
export function refused(code: string, message: string, httpStatus = 400): ServiceError {
  return new ServiceError(code, message, httpStatus);
}

/** No answer, as from a host name that does not resolve. */
export function unreachable(): ServiceError {
  return new ServiceError(
    connectionResetCode,
    "There is no endpoint of this service in this Region.",
    500,
  );
}
