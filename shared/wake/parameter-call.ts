import { parseArn } from "../aws/arn.ts";
import { type Fields, fieldsAt, member } from "../aws/event-fields.ts";
import { environmentNameOf } from "../document/name.ts";
import { parameterEvents } from "./parameter-operations.ts";
import { ignored, type Message, type RecordedCall, type Scope, type StateWrite } from "./wake.ts";

const parameterEventNames = new Set<string>(parameterEvents);

/** DeleteParameters takes ten names; more are read, so that no later quota hides one. */
const namesMax = 100;

/**
 * Where a call of Parameter Store sends a run: to every environment whose document, status,
 * applied record or outputs it wrote, removed or labelled. A write of state is listed beside it.
 *
 * Source: Systems Manager API reference, PutParameter, DeleteParameter, DeleteParameters,
 * LabelParameterVersion, UnlabelParameterVersion.
 */
export function messageOfParameterCall(
  record: Fields,
  call: RecordedCall,
  prefix: string,
): Message {
  if (!parameterEventNames.has(call.eventName)) {
    return ignored("parameter", `The call ${call.eventName} changes no parameter.`);
  }
  const parameters = parametersOf(fieldsAt(record, "requestParameters"));
  const writes = parameters.flatMap((parameter) => stateWrite(parameter, call, prefix) ?? []);
  const environments = new Set(
    parameters.flatMap((parameter) => environmentNameOf(parameter, prefix) ?? []),
  );
  for (const { environment } of writes) if (environment !== null) environments.add(environment);
  if (environments.size === 0 && writes.length === 0) {
    const under = parameters.some((parameter) => parameter.startsWith(`${prefix}/`));
    return ignored(
      "parameter",
      under
        ? "The parameter holds no document and no state of an environment."
        : `The parameter is not one under ${prefix}.`,
    );
  }
  const { account } = call;
  const scopes: readonly Scope[] =
    environments.size === 0 ? [] : [{ kind: "named", account, environments: [...environments] }];
  return { kind: "sent", trigger: "parameter", scopes, calls: [call], writes };
}

/** Every parameter that the call names, by its full name; a caller may also give an ARN. */
function parametersOf(request: Fields): readonly string[] {
  const listed = member(request, "names");
  const given: readonly unknown[] = Array.isArray(listed)
    ? listed.slice(0, namesMax)
    : [member(request, "name")];
  const names = given.filter((name) => typeof name === "string");
  return [...new Set(names.map(nameOf))];
}

function nameOf(nameOrArn: string): string {
  const arn = parseArn(nameOrArn);
  return arn?.service === "ssm" ? arn.resource.replace(/^parameter/, "") : nameOrArn;
}

/** The write, if that parameter is one that only the reconciler may write. */
function stateWrite(parameter: string, call: RecordedCall, prefix: string): StateWrite | null {
  const { account, actor, at } = call;
  if (parameter === `${prefix}/journal`) {
    return { state: "journal", environment: null, parameter, account, actor, at };
  }
  for (const state of ["status", "applied", "outputs"] as const) {
    const folder = `${prefix}/${state}/`;
    if (!parameter.startsWith(folder)) continue;
    const name = parameter.slice(folder.length);
    const environment = environmentNameOf(`${prefix}/environments/${name}`, prefix);
    if (environment === null) return null;
    return { state, environment, parameter, account, actor, at };
  }
  return null;
}
