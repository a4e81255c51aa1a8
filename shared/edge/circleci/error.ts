/** What a failed request means; the first two are those of AWS's failures too. */
export type CircleciCode =
  | "LoginExpired"
  | "AccessDenied"
  | "CircleciNotFound"
  | "CircleciThrottled"
  | "CircleciRefused"
  | "CircleciUnavailable"
  | "CircleciAnswerUnreadable"
  | "Interrupted";

type Failed = {
  readonly code: CircleciCode;
  /** Null where there was no answer, or one that could not be read. */
  readonly status: number | null;
  /** Method and path. */
  readonly request: string;
  /** Half a sentence; null where nothing more may or can be said. */
  readonly detail: string | null;
};

/** CircleCI said no, or nothing. Its message is a sentence without a full stop. */
export class CircleciError extends Error {
  readonly failed: Failed;

  constructor(failed: Failed) {
    const { request, status, detail } = failed;
    const how = status === null ? "" : ` (HTTP ${status})`;
    super(`CircleCI ${verbOf(failed)} ${request}${how}${detail === null ? "" : `: ${detail}`}`);
    this.name = "CircleciError";
    this.failed = failed;
  }
}

function verbOf({ code, status }: Failed): string {
  switch (code) {
    case "LoginExpired":
      return "does not accept the token for";
    case "AccessDenied":
      return "does not allow";
    case "CircleciNotFound":
      return "has nothing for";
    case "CircleciThrottled":
      return "has too many requests to answer";
    case "CircleciRefused":
      return "refused";
    case "CircleciUnavailable":
      return status === null ? "did not answer" : "failed at";
    case "CircleciAnswerUnreadable":
      return "gave an unreadable answer to";
    case "Interrupted":
      return "had not answered before Ctrl-C:";
    default:
      return code satisfies never;
  }
}
