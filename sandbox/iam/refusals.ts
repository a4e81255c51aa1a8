import { type Refuse, validationSentence } from "../input/members.ts";
import { ServiceError } from "../server/operation.ts";

/** IAM's error answers: each with its code and its HTTP status. */

export function noSuchEntity(message: string): ServiceError {
  return new ServiceError("NoSuchEntity", message, 404);
}

export function entityAlreadyExists(message: string): ServiceError {
  return new ServiceError("EntityAlreadyExists", message, 409);
}

export function limitExceeded(message: string): ServiceError {
  return new ServiceError("LimitExceeded", message, 409);
}

export function deleteConflict(message: string): ServiceError {
  return new ServiceError("DeleteConflict", message, 409);
}

export function invalidInput(message: string): ServiceError {
  return new ServiceError("InvalidInput", message, 400);
}

export function malformedPolicy(message: string): ServiceError {
  return new ServiceError("MalformedPolicyDocument", message, 400);
}

export function validationError(message: string): ServiceError {
  return new ServiceError("ValidationError", message, 400);
}

/** A member of the wrong shape. */
export const refuseMember: Refuse = (violation) => validationError(validationSentence(violation));
