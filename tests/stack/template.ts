/**
 * Reads a CloudFormation template as CloudFormation would deploy it: intrinsic functions resolved
 * for an account and a Region. Only what this project's templates use is understood; anything else
 * throws, so that no test reads a role that is not the one deployed.
 */

export type Resource = {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
};
export type Template = { readonly Resources: Readonly<Record<string, Resource>> };

/** Where the template is thought to be deployed. */
export type Place = {
  readonly account: string;
  readonly region: string;
  readonly partition?: string;
  /** Values of the template's own parameters, by name. */
  readonly parameters?: Readonly<Record<string, string>>;
};

type Fields = Readonly<Record<string, unknown>>;

export function isRecord(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isTemplate(value: unknown): value is Template {
  return (
    isRecord(value) &&
    isRecord(value["Resources"]) &&
    Object.values(value["Resources"]).every(
      (resource) =>
        isRecord(resource) &&
        typeof resource["Type"] === "string" &&
        (resource["Properties"] === undefined || isRecord(resource["Properties"])),
    )
  );
}

export type FunctionName = "reconcile" | "audit" | "diagnose";

export type ExecutionRole = {
  readonly name: string;
  readonly arn: string;
  /** The documents as plain JSON data, intrinsic functions resolved. */
  readonly trustPolicy: Fields;
  readonly policies: readonly { readonly name: string; readonly document: Fields }[];
};

/** The execution role of a function, as it is in the account once the stack is deployed. */
export function executionRole(
  template: Template,
  functionName: FunctionName,
  place: Place,
): ExecutionRole {
  const properties = functionProperties(template, functionName);
  const reference = isRecord(properties["Role"]) ? properties["Role"]["Fn::GetAtt"] : undefined;
  const logicalId = Array.isArray(reference) ? String(reference[0]) : "";
  const role = resolved(resourceOf(template, logicalId).Properties, template, place);
  if (!isRecord(role) || !isRecord(role["AssumeRolePolicyDocument"])) {
    throw new Error(`${functionName} has no execution role in the template.`);
  }
  const policies = Array.isArray(role["Policies"]) ? role["Policies"] : [];
  return {
    name: String(role["RoleName"]),
    arn: textOf(attributeOf(logicalId, "Arn", template, place)),
    trustPolicy: role["AssumeRolePolicyDocument"],
    policies: policies.map((policy: unknown) => {
      if (!isRecord(policy) || !isRecord(policy["PolicyDocument"])) {
        throw new Error(`${logicalId} has a policy without a document.`);
      }
      return { name: String(policy["PolicyName"]), document: policy["PolicyDocument"] };
    }),
  };
}

/** The environment variables that a function runs with. */
export function functionEnvironment(
  template: Template,
  functionName: FunctionName,
  place: Place,
): Readonly<Record<string, string>> {
  const environment = functionProperties(template, functionName)["Environment"];
  const variables = isRecord(environment) ? environment["Variables"] : undefined;
  const values = resolved(variables, template, place);
  if (!isRecord(values)) throw new Error(`${functionName} has no environment.`);
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)]));
}

function functionProperties(template: Template, functionName: FunctionName): Fields {
  const title = functionName.charAt(0).toUpperCase() + functionName.slice(1);
  return resourceOf(template, `${title}LambdaFunction`).Properties;
}

export function resourceOf(template: Template, logicalId: string): Resource {
  const resource = template.Resources[logicalId];
  if (resource === undefined) throw new Error(`The template has no resource ${logicalId}.`);
  return resource;
}

/** The logical ids and resources of one type. */
export function resourcesOfType(
  template: Template,
  type: string,
): readonly (readonly [string, Resource])[] {
  return Object.entries(template.Resources).filter(([, resource]) => resource.Type === type);
}

/** The value with `Ref`, `Fn::GetAtt`, `Fn::Sub` and `Fn::Join` replaced by what they stand for. */
export function resolved(value: unknown, template: Template, place: Place): unknown {
  if (Array.isArray(value)) return value.map((item) => resolved(item, template, place));
  if (!isRecord(value)) return value;
  const [name, ...others] = Object.keys(value);
  if (name !== undefined && others.length === 0 && (name === "Ref" || name.startsWith("Fn::"))) {
    return intrinsic(name, value[name], template, place);
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, resolved(item, template, place)]),
  );
}

function intrinsic(name: string, argument: unknown, template: Template, place: Place): unknown {
  if (name === "Ref" && typeof argument === "string") return referenceTo(argument, template, place);
  if (name === "Fn::GetAtt" && Array.isArray(argument)) {
    return attributeOf(String(argument[0]), String(argument[1]), template, place);
  }
  if (name === "Fn::Sub" && typeof argument === "string") {
    return argument.replaceAll(/\$\{([^!}][^}]*)\}/g, (_, inner: string) => {
      const [logicalId = "", attribute] = inner.split(".");
      return textOf(
        attribute === undefined
          ? referenceTo(logicalId, template, place)
          : attributeOf(logicalId, attribute, template, place),
      );
    });
  }
  if (name === "Fn::Join" && Array.isArray(argument) && Array.isArray(argument[1])) {
    const parts = argument[1].map((part: unknown) => textOf(resolved(part, template, place)));
    return parts.join(String(argument[0]));
  }
  throw new Error(`${name} is not understood here.`);
}

function textOf(value: unknown): string {
  if (typeof value !== "string") throw new Error(`${JSON.stringify(value)} is not text.`);
  return value;
}

function referenceTo(logicalId: string, template: Template, place: Place): unknown {
  switch (logicalId) {
    case "AWS::AccountId":
      return place.account;
    case "AWS::Region":
      return place.region;
    case "AWS::Partition":
      return place.partition ?? "aws";
  }
  const parameter = place.parameters?.[logicalId];
  if (parameter !== undefined) return parameter;
  const { Type, Properties } = resourceOf(template, logicalId);
  switch (Type) {
    case "AWS::SNS::Topic":
      return arnIn(place, "sns", nameOf(Properties["TopicName"], logicalId));
    case "AWS::SQS::Queue":
      return `https://sqs.${place.region}.amazonaws.com/${place.account}/${nameOf(Properties["QueueName"], logicalId)}`;
    case "AWS::Lambda::Function":
      return Properties["FunctionName"];
    default:
      return logicalId;
  }
}

function attributeOf(
  logicalId: string,
  attribute: string,
  template: Template,
  place: Place,
): unknown {
  const { Type, Properties } = resourceOf(template, logicalId);
  switch (`${Type}.${attribute}`) {
    case "AWS::IAM::Role.Arn": {
      const name = nameOf(Properties["RoleName"], logicalId);
      return `arn:${place.partition ?? "aws"}:iam::${place.account}:role/${name}`;
    }
    case "AWS::SQS::Queue.Arn":
      return arnIn(place, "sqs", nameOf(Properties["QueueName"], logicalId));
    case "AWS::SQS::Queue.QueueName":
      return nameOf(Properties["QueueName"], logicalId);
    case "AWS::Lambda::Function.Arn":
      return arnIn(place, "lambda", `function:${textOf(Properties["FunctionName"])}`);
    case "AWS::Events::Rule.Arn":
      return arnIn(place, "events", `rule/${nameOf(Properties["Name"], logicalId)}`);
    default:
      throw new Error(`${Type} has no attribute ${attribute} that is understood here.`);
  }
}

/** CloudFormation makes a name up where none is given; here it is the logical id. */
function nameOf(given: unknown, logicalId: string): string {
  return typeof given === "string" ? given : logicalId;
}

function arnIn(place: Place, service: string, resource: string): string {
  return `arn:${place.partition ?? "aws"}:${service}:${place.region}:${place.account}:${resource}`;
}
