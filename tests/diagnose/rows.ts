import { afterAll, beforeAll, expect, test } from "vitest";
import type { CauseCode } from "../../shared/diagnose/causes.ts";
import { startDiagnosis } from "./account.ts";
import { claimsWith, recordWith } from "./job.ts";

/** What is asked, the code of the cause, and words that the diagnosis has to hold. */
export type Row = readonly [
  title: string,
  input: unknown,
  code: CauseCode | null,
  ...words: readonly string[],
];

/** One account for a whole file of tests. */
export function accountOfFile(): () => Awaited<ReturnType<typeof startDiagnosis>> {
  let account: Awaited<ReturnType<typeof startDiagnosis>> | null = null;
  beforeAll(async () => {
    account = await startDiagnosis();
  });
  afterAll(() => account?.sandbox.close());
  return () => {
    if (account === null) throw new Error("the account is there while tests run");
    return account;
  };
}

/** Asks the function about each row, of the role as it is or with another trust policy. */
export function rowsIn(account: ReturnType<typeof accountOfFile>) {
  return (cases: readonly Row[], trust: object | null = null): void => {
    test.each(cases)("%s", async (_, input, code, ...words) => {
      const name = trust === null ? "Acme-CI" : "Other";
      if (trust !== null) account().sandbox.createRole({ name, path: "/ci/", trust });
      const { diagnosis, errors } = await account().diagnosed(
        JSON.parse(JSON.stringify(input).replaceAll("role/ci/Acme-CI", `role/ci/${name}`)),
      );
      expect(errors).toEqual([]);
      expect(diagnosis?.cause?.code ?? null).toBe(code);
      const open = words.includes("undecided") ? null : true;
      expect(diagnosis?.admitted).toBe(code === null ? open : false);
      const text = `${diagnosis?.cause?.message ?? diagnosis?.message} ${diagnosis?.next}`;
      for (const word of words) expect(text).toContain(word);
      expect(text).not.toMatch(/undefined|null|\[object/);
    });
  };
}

/** A question by hand for a role. */
export const asked = (role: string) => ({ role, claims: claimsWith() });

/** The record of a refused job with that subject. */
export const ofSubject = (userName: string) => recordWith({ userName });

/** The record of a call that STS refused so. */
export const said = (errorCode: string, errorMessage = "", parameters: object = {}) =>
  recordWith({ errorCode, errorMessage }, parameters);
