import type { Group } from "../../command.ts";
import { config } from "./config.ts";

export const circleci: Group = {
  kind: "group",
  name: "circleci",
  summary: "Set up CircleCI's side: the configuration of the pipeline",
  commands: [config],
};
