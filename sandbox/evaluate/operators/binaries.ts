import type { Test } from "./test.ts";

/** Byte for byte. Both are base64. */
export const binaryEquals: Test = (listed, value) =>
  Buffer.from(listed, "base64").equals(Buffer.from(value, "base64"));
