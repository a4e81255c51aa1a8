import type { Group } from "../../command.ts";
import { check } from "./check.ts";
import { config } from "./config.ts";
import { env } from "./env.ts";

export const circleci: Group = {
  kind: "group",
  name: "circleci",
  summary: "Set up CircleCI's side: the pipeline's configuration, its variables, its settings",
  commands: [config, env, check],
};
