import { textOf } from "../source-files.ts";

/** Who has a ready policy in docs/AWS_DEVELOPER_ACCESS.md. */
export const personas = ["reader", "editor", "approver", "runner", "driller", "deployer"] as const;
export type Persona = (typeof personas)[number];

export function isPersona(name: string): name is Persona {
  return personas.some((persona) => persona === name);
}

/** The roles that the pages give these policies to. */
export const roleNames = {
  reader: "Engineers",
  editor: "PlatformTeam",
  approver: "SecurityTeam",
  runner: "Operators",
  driller: "OnCall",
  deployer: "Installer",
} as const satisfies Record<Persona, string>;

/** Who they are: the names of the sessions. */
export const sessionNames = {
  reader: "robin",
  editor: "erin",
  approver: "sasha",
  runner: "rue",
  driller: "drew",
  deployer: "dana",
} as const satisfies Record<Persona, string>;

const page = textOf("docs/AWS_DEVELOPER_ACCESS.md");

/** The policy of the page that is marked with this name, for the sandbox's account. */
export function policyOf(name: Persona | "everybody-else"): object {
  const block = new RegExp(`<!-- policy: ${name} -->\\n\`\`\`json\\n([\\s\\S]*?)\`\`\``).exec(page);
  const policy: unknown = JSON.parse((block?.[1] ?? "").replaceAll("ACCOUNT", "123456789012"));
  if (typeof policy !== "object" || policy === null) throw new Error(`no policy ${name}`);
  return policy;
}

export function trustOfAccount(account: string): object {
  const principal = { AWS: `arn:aws:iam::${account}:root` };
  const statement = { Effect: "Allow", Principal: principal, Action: "sts:AssumeRole" };
  return { Version: "2012-10-17", Statement: [statement] };
}
