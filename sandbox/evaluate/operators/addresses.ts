import { BlockList, isIPv4, isIPv6 } from "node:net";
import type { Test } from "./test.ts";

/** Whether an address is in a CIDR block; a block without a prefix length is one address. */
export const ipAddress: Test = (listed, value) => {
  const [base = "", prefix, ...more] = listed.split("/");
  const family = familyOf(base);
  if (family === null || family !== familyOf(value) || more.length > 0) return false;
  const width = family === "ipv4" ? 32 : 128;
  if (prefix !== undefined && !/^(0|[1-9]\d{0,2})$/.test(prefix)) return false;
  const length = prefix === undefined ? width : Number(prefix);
  if (length > width) return false;
  const block = new BlockList();
  block.addSubnet(base, length, family);
  return block.check(value, family);
};

/** Node accepts a zone in an address (`fe80::1%eth0`); a condition does not. */
function familyOf(text: string): "ipv4" | "ipv6" | null {
  if (isIPv4(text)) return "ipv4";
  return isIPv6(text) && !text.includes("%") ? "ipv6" : null;
}
