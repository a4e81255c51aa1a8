import { connectionResetCode, ServiceError } from "../server/operation.ts";

/** An error answer of a service: its wire code, its sentence, and the HTTP status it comes with. */
export function refused(code: string, message: string, httpStatus = 400): ServiceError {
  return new ServiceError(code, message, httpStatus);
}

/** No answer at all, as from an endpoint whose host name does not resolve. */
export function unreachable(): ServiceError {
  return new ServiceError(
    connectionResetCode,
    "There is no endpoint of this service in this Region.",
    500,
  );
}
