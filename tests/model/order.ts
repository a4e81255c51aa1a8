import type { Seen } from "./look.ts";
import { type Access, accessLines, namesOf } from "./reading.ts";
import type { World } from "./world.ts";

/** The first opening of a role, and how many calls the account had had by then. */
type Opening = { readonly write: string; readonly calls: number };

/**
 * On a role nothing is opened before the last thing is closed. A second pass of the run may close what
 * the first has opened: it starts from a new version, which came into force once the name that it waited
 * for was free. Its record says so before its first write.
 *
 * @returns what says after each write which role it closes too late
 */
export function orderIn(
  world: World,
  start: Seen,
): (seen: Seen, write: string) => readonly string[] {
  const opened = new Map<string, Opening>();
  let last = rolesIn(start);
  return (seen, write) => {
    const wrong: string[] = [];
    const now = rolesIn(seen);
    // What a rename has left goes last, so that jobs have a role all the time.
    const lasting = rolesNamed(world);
    for (const [name, lines] of now) {
      if (!lasting.has(name)) continue;
      const was = last.get(name) ?? none;
      const first = opened.get(name);
      const isLate = first !== undefined && !hasBegun(world, name, first.calls);
      if (isLate && !was.isSubsetOf(lines))
        wrong.push(`${write} closes ${name} after ${first.write} opened`);
      const opens = !isOfProvider(write) && !lines.isSubsetOf(was);
      if (!isLate && opens) opened.set(name, { write, calls: world.ground.sandbox.calls.length });
    }
    last = now;
    return wrong;
  };
}

/** A shared provider waits for a member's trust, and neither for its permissions nor for orphans. */
export function isOfProvider(write: string): boolean {
  return /^(CreateOpenIDConnectProvider|AddClientID)/.test(write);
}

const none: Access = new Set();

/** Has an environment that may have the role written its record since? */
function hasBegun({ environments, ground }: World, role: string, calls: number): boolean {
  const records = environments
    .filter(({ may }) => may.some((document) => namesOf(document).role === role))
    .map(({ reading: { prefix, environment } }) => `${prefix}/applied/${environment}`);
  return ground.sandbox.calls
    .slice(calls)
    .some(
      ({ operation, input }) =>
        operation === "PutParameter" && records.includes(String(input["Name"])),
    );
}

/** The names of roles in documents that may be written. */
function rolesNamed({ environments }: World): ReadonlySet<string> {
  return new Set(environments.flatMap(({ may }) => may.map((each) => namesOf(each).role)));
}

function rolesIn({ roles }: Seen): ReadonlyMap<string, Access> {
  return new Map(roles.map((role) => [role.name, accessLines(role)]));
}
