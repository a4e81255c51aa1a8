import type { Group } from "../../command.ts";
import { admits } from "./admits.ts";
import { compare } from "./compare.ts";
import { explain } from "./explain.ts";
import { replay } from "./replay.ts";

export const trust: Group = {
  kind: "group",
  name: "trust",
  summary: "Answer questions about a trust policy; all but replay without AWS",
  description: [
    "A trust policy is read from the document itself, from what aws iam get-role, list-roles or get-account-authorization-details print (--role NAME where there are several), percent-encoded as the API gives it, and from the JSON of Terraform and CloudFormation. A file named - is standard input.",
    "A token is read with or without its signature, after Bearer, as claims in JSON, and from a decoder's page. No part of a token is ever printed.",
  ],
  commands: [compare, explain, admits, replay],
};
