import { problemOfPermissionPolicy } from "./evaluate/index.ts";

/** The service control policies that apply to the account. */
export type Organization = {
  /** The documents in force; null if there are none. */
  readonly documents: () => readonly unknown[] | null;
  readonly set: (texts: readonly string[]) => void;
};

/** Starts without any. `set` throws if a text is not a policy. */
export function organization(): Organization {
  let documents: readonly unknown[] | null = null;
  return {
    documents: () => documents,
    set: (texts) => {
      for (const text of texts) {
        const problem = problemOfPermissionPolicy(text);
        if (problem !== null) throw new Error(`No service control policy: ${problem.message}`);
      }
      documents = texts.length === 0 ? null : texts.map((text): unknown => JSON.parse(text));
    },
  };
}
