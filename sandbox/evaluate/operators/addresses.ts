import type { Test } from "./test.ts";

type Address = { readonly family: 4 | 6; readonly bits: bigint };

function v4Of(text: string): Address | null {
  const parts = text.split(".");
  if (parts.length !== 4) return null;
  let bits = 0n;
  for (const part of parts) {
    if (!/^\d{1,3}$/.test(part) || Number(part) > 255) return null;
    bits = bits * 256n + BigInt(part);
  }
  return { family: 4, bits };
}

function groupsOf(text: string): bigint[] | null {
  if (text === "") return [];
  const groups: bigint[] = [];
  const parts = text.split(":");
  for (const [index, part] of parts.entries()) {
    const v4 = index === parts.length - 1 && part.includes(".") ? v4Of(part) : null;
    if (v4 !== null) groups.push(v4.bits >> 16n, v4.bits & 0xffffn);
    else if (/^[0-9a-fA-F]{1,4}$/.test(part)) groups.push(BigInt(`0x${part}`));
    else return null;
  }
  return groups;
}

function v6Of(text: string): Address | null {
  const halves = text.split("::");
  if (halves.length > 2) return null;
  const front = groupsOf(halves[0] ?? "");
  const back = groupsOf(halves[1] ?? "");
  if (front === null || back === null) return null;
  const missing = 8 - front.length - back.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return null;
  const groups = [...front, ...Array.from({ length: missing }, () => 0n), ...back];
  return { family: 6, bits: groups.reduce((bits, group) => bits * 65536n + group, 0n) };
}

function addressOf(text: string): Address | null {
  return text.includes(":") ? v6Of(text) : v4Of(text);
}

/** Whether an address lies in a CIDR block; a block without a prefix length is one address. */
export const ipAddress: Test = (listed, value) => {
  const [base = "", prefix, ...more] = listed.split("/");
  const block = addressOf(base);
  const address = addressOf(value);
  if (block === null || address === null || more.length > 0) return false;
  if (block.family !== address.family) return false;
  const width = block.family === 4 ? 32 : 128;
  if (prefix !== undefined && !/^\d{1,3}$/.test(prefix)) return false;
  const length = prefix === undefined ? width : Number(prefix);
  if (length > width) return false;
  const free = BigInt(width - length);
  return block.bits >> free === address.bits >> free;
};
