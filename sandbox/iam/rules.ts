import type { TextRule } from "../input/members.ts";

/** What IAM accepts as names. Source: IAM API reference and "IAM and AWS STS quotas". */
const entityName = /[\w+=,.@-]+/;

export const roleNameRule: TextRule = { min: 1, max: 64, pattern: entityName };
export const policyNameRule: TextRule = { min: 1, max: 128, pattern: entityName };
export const instanceProfileNameRule: TextRule = { min: 1, max: 128, pattern: entityName };
export const userNameRule: TextRule = { min: 1, max: 64, pattern: entityName };
export const pathRule: TextRule = { min: 1, max: 512, pattern: /(\/)|(\/[!-~]+\/)/ };
export const policyPathRule: TextRule = {
  min: 1,
  max: 512,
  pattern: /((\/[A-Za-z0-9.,+@=_-]+)*)\//,
};
export const arnRule: TextRule = { min: 20, max: 2048 };
export const descriptionRule: TextRule = {
  max: 1000,
  pattern: /[\t\n\r\u0020-\u007E\u00A1-\u00FF]*/,
};
/** The API's own limit on a document, before any quota: its length and its characters. */
export const documentRule: TextRule = {
  min: 1,
  max: 131_072,
  pattern: /[\t\n\r\u0020-\u00FF]+/,
};
export const versionIdRule: TextRule = { pattern: /v[1-9][0-9]*(\.[A-Za-z0-9-]*)?/ };
export const sessionSecondsRule = { min: 3600, max: 43_200 } as const;
export const maxItemsRule = { min: 1, max: 1000 } as const;
export const defaultItems = 100;
