import type { LambdaFunction, Version } from "./state.ts";

/** A version's configuration; its ARN carries the qualifier by which it was asked for, if any. */
export function shown(found: LambdaFunction, version: Version, qualifier: string | null): object {
  const { settings } = version;
  const { code, environment } = settings;
  return {
    FunctionName: found.name,
    FunctionArn: qualifier === null ? found.arn : `${found.arn}:${qualifier}`,
    Version: version.version,
    Role: settings.role,
    PackageType: settings.packageType,
    Runtime: settings.runtime,
    Handler: settings.handler,
    Description: settings.description,
    Timeout: settings.timeout,
    MemorySize: settings.memorySize,
    ...(environment.size === 0
      ? {}
      : { Environment: { Variables: Object.fromEntries(environment) } }),
    Architectures: settings.architectures,
    CodeSha256: code.sha256,
    CodeSize: code.imageUri === null ? code.size : 0,
    LastModified: version.modifiedAt.toISOString().replace("Z", "+0000"),
    RevisionId: version.revisionId,
    State: "Active",
    LastUpdateStatus: "Successful",
    TracingConfig: { Mode: "PassThrough" },
    EphemeralStorage: { Size: 512 },
  };
}
