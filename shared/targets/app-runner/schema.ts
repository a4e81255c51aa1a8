import * as z from "zod/mini";
import { noted, text } from "../../schema/fields.ts";
import type { TextRule } from "../../schema/text-rule.ts";
import { isPlain, listedTwice, mayList, onceEach, wordsBelong } from "../entries.ts";
import { appRunnerRegions } from "./regions.ts";

/** What jobs may do to a service; the first word is what a name alone means. */
export const serviceMay = ["deploy", "watch", "update"] as const;
export type ServiceMay = (typeof serviceMay)[number];

/** An App Runner service and what jobs may do to it. */
export type AppRunnerTarget = {
  readonly service: string;
  readonly may: readonly ServiceMay[];
};

/** App Runner, ServiceName. */
const serviceRule: TextRule = {
  pattern: /^[A-Za-z0-9][A-Za-z0-9_-]{3,39}$/,
  lengthMax: 40,
  allowed: "the name of an App Runner service, 4 to 40 of A-Z a-z 0-9 - _",
  mistakes: [
    { when: (text) => text.startsWith("arn:"), says: "is an ARN; write the service's name alone" },
  ],
};

const name = text(serviceRule, {
  about: "Name of an App Runner service.",
  example: "demo-backend",
});

const entrySchema = noted(
  z.union([
    name,
    z.strictObject({
      service: name,
      may: z._default(
        mayList(serviceMay, {
          about:
            "`deploy`: what a name alone grants; `watch`: `apprunner:ListOperations` on the service, to follow a deployment; `update`: `apprunner:UpdateService` on the service and `iam:PassRole` on exactly the roles that it uses.",
          example: "[deploy, watch]",
        }),
        ["deploy"],
      ),
    }),
  ]),
  {
    about: "A service by its name, or with what jobs may do to it.",
    allowed: `${serviceRule.allowed}, or a mapping with service and, optionally, may`,
    example: "demo-backend",
  },
);

const list = noted(z.array(entrySchema), {
  about: "App Runner services that jobs may deploy.",
  allowed: `a list of names of App Runner services, or of mappings with service and may, in a Region that has App Runner (${appRunnerRegions.join(", ")})`,
  example: "[demo-backend]",
}).check((context) => {
  const read = context.value.map((entry) =>
    typeof entry === "string"
      ? { name: entry, meaning: serviceMay[0], at: [] }
      : { name: entry.service, meaning: entry.may.join(), at: ["service"] },
  );
  context.issues.push(...listedTwice(read, wordsBelong));
});

/** The services of a document. */
export const services: z.ZodMiniType<readonly AppRunnerTarget[]> = z.pipe(
  z._default(list, []),
  z.transform((entries) => onceEach(entries.map(target), ({ service }) => service)),
);

function target(entry: z.output<typeof entrySchema>): AppRunnerTarget {
  return typeof entry === "string" ? { service: entry, may: [serviceMay[0]] } : entry;
}

/** The entries as the schema reads them again. */
export function servicesWritten(entries: readonly AppRunnerTarget[]): readonly unknown[] {
  return entries.map((entry) => (isPlain(serviceMay, entry.may) ? entry.service : entry));
}
