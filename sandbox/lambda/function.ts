import { createHash, randomUUID } from "node:crypto";
import type { Members } from "../input/members.ts";
import type { Call } from "../server/operation.ts";
import { shown } from "./configuration.ts";
import {
  checkRevision,
  existingFunction,
  functionArn,
  lambdaError,
  notFound,
  requestedReference,
  unqualified,
  versionOf,
} from "./reference.ts";
import type { Code, Functions, LambdaFunction, Version } from "./state.ts";
import { published } from "./version.ts";

const roleRule = { pattern: /arn:aws[\w-]*:iam::\d{12}:role\/.+/ } as const;

/** CreateFunction: answers Pending; the next read shows Active. */
export function createFunction(functions: Functions, members: Members, call: Call): object {
  const name = unqualified(members);
  if (functions.has(name)) {
    throw lambdaError("ResourceConflictException", `Function already exist: ${name}`, 409);
  }
  const isImage =
    members.optionalText("PackageType", { oneOf: ["Zip", "Image"] }) === "Image" ||
    members.structure("Code").has("ImageUri");
  const latest: Version = {
    version: "$LATEST",
    settings: {
      role: members.text("Role", roleRule),
      packageType: isImage ? "Image" : "Zip",
      runtime: isImage ? null : members.text("Runtime"),
      handler: isImage ? null : members.text("Handler", { max: 128, pattern: /\S+/ }),
      description: members.optionalText("Description", { max: 256 }) ?? "",
      timeout: members.optionalCount("Timeout", { min: 1, max: 900 }) ?? 3,
      memorySize: members.optionalCount("MemorySize", { min: 128, max: 10_240 }) ?? 128,
      environment:
        members.optionalStructure("Environment")?.textMap("Variables") ?? new Map<string, string>(),
      architectures: members.optionalTexts("Architectures", { min: 1, max: 1 }) ?? ["x86_64"],
      code: codeOf(members.structure("Code")),
    },
    modifiedAt: call.now,
    revisionId: randomUUID(),
  };
  const created: LambdaFunction = {
    name,
    arn: functionArn(call, { name, qualifier: null }),
    latest,
    published: [],
    versionsEver: 0,
    aliases: new Map(),
    tags: members.textMap("Tags", { max: 50, each: { max: 256 } }),
  };
  functions.set(name, created);
  const pending = {
    State: "Pending",
    StateReason: "The function is being created.",
    StateReasonCode: "Creating",
  };
  return { ...answered(functions, created, members), ...pending, LastUpdateStatus: null };
}

/** UpdateFunctionCode: `$LATEST` gets other code; a dry run only answers what it would be. */
export function updateFunctionCode(functions: Functions, members: Members, call: Call): object {
  const name = unqualified(members);
  const before = existingFunction(functions, call, { name, qualifier: null });
  checkRevision(members, before.latest.revisionId);
  const { settings } = before.latest;
  const latest: Version = {
    version: "$LATEST",
    settings: {
      ...settings,
      code: codeOf(members),
      architectures: members.optionalTexts("Architectures", { max: 1 }) ?? settings.architectures,
    },
    modifiedAt: call.now,
    revisionId: randomUUID(),
  };
  const updated: LambdaFunction = { ...before, latest };
  if (members.flag("DryRun", false)) return shown(updated, latest, null);
  functions.set(name, updated);
  const inProgress = {
    LastUpdateStatus: "InProgress",
    LastUpdateStatusReason: "The function is being created.",
    LastUpdateStatusReasonCode: "Creating",
  };
  return { ...answered(functions, updated, members), ...inProgress };
}

/** What a change answers: `$LATEST`, or the version that it publishes along with it. */
function answered(functions: Functions, changed: LambdaFunction, members: Members): object {
  if (!members.flag("Publish", false)) return shown(changed, changed.latest, null);
  const { after, version } = published(changed, null);
  functions.set(after.name, after);
  return shown(after, version, version.version);
}

/** The archive in the call, or the address of an archive or an image, which need not exist. */
function codeOf(members: Members): Code {
  const zip = members.optionalText("ZipFile");
  const imageUri = members.optionalText("ImageUri");
  const key = members.optionalText("S3Key", { min: 1, max: 1024 });
  if (zip === null && imageUri === null && key === null) {
    const message = "Please provide a source for function code.";
    throw lambdaError("InvalidParameterValueException", message);
  }
  const objectVersion = members.optionalText("S3ObjectVersion") ?? "";
  const content = Buffer.from(
    zip ?? imageUri ?? `${members.text("S3Bucket")}/${key}/${objectVersion}`,
    zip === null ? "utf8" : "base64",
  );
  return {
    sha256: createHash("sha256").update(content).digest("base64"),
    size: content.length,
    imageUri,
  };
}

export function getFunction(functions: Functions, members: Members, call: Call): object {
  const reference = requestedReference(members);
  const found = existingFunction(functions, call, reference);
  const version = versionOf(found, reference.qualifier);
  if (version === null) throw notFound(call, reference);
  const { code } = version.settings;
  return {
    Configuration: shown(found, version, reference.qualifier),
    Code:
      code.imageUri === null
        ? {
            RepositoryType: "S3",
            Location: `https://awslambda-${call.region}-tasks.s3.${call.region}.amazonaws.com/snapshots/${call.account}/${found.name}`,
          }
        : { RepositoryType: "ECR", ImageUri: code.imageUri, ResolvedImageUri: code.imageUri },
    ...(found.tags.size === 0 ? {} : { Tags: Object.fromEntries(found.tags) }),
  };
}

export function getFunctionConfiguration(
  functions: Functions,
  members: Members,
  call: Call,
): object {
  const reference = requestedReference(members);
  const found = existingFunction(functions, call, reference);
  const version = versionOf(found, reference.qualifier);
  if (version === null) throw notFound(call, reference);
  return shown(found, version, reference.qualifier);
}

/** DeleteFunction: the whole function, or one published version that no alias points to. */
export function deleteFunction(functions: Functions, members: Members, call: Call): object {
  const reference = requestedReference(members);
  const found = existingFunction(functions, call, reference);
  const { qualifier } = reference;
  if (qualifier === null) {
    functions.delete(found.name);
    return {};
  }
  if (qualifier === "$LATEST") {
    const message = "$LATEST version cannot be deleted without deleting the function.";
    throw lambdaError("InvalidParameterValueException", message);
  }
  if (found.aliases.has(qualifier)) {
    const message = "Deletion of aliases is not currently supported.";
    throw lambdaError("InvalidParameterValueException", message);
  }
  if (found.aliases.values().some((alias) => alias.functionVersion === qualifier)) {
    const message = `Version ${qualifier} is referenced by an alias and cannot be deleted.`;
    throw lambdaError("ResourceConflictException", message, 409);
  }
  const left = found.published.filter(({ version }) => version !== qualifier);
  functions.set(found.name, { ...found, published: left });
  return {};
}
