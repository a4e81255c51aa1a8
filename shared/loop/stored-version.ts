import { type Installation, parseEnvironment, underInstallation } from "../document/index.ts";
import type { StoredParameter } from "../edge/parameters.ts";
import type { DocumentVersion } from "../plan/control.ts";
import { digestOf } from "../plan/digest.ts";

/** A version as it is understood, or as what is wrong with it. */
export function documentVersionOf(
  parameter: Omit<StoredParameter, "arn">,
  installation: Installation,
): DocumentVersion {
  const { name, version, value: text, modifiedAt } = parameter;
  const source = { parameter: name, version, text, region: installation.home };
  const parsed =
    parameter.type === "String"
      ? underInstallation(parseEnvironment(source), { ...source, installation })
      : wrongType(parameter);
  return { version, digest: digestOf(text), modifiedAt, text, parsed };
}

/** A document is not a secret, and an encrypted one could not be read with the rights we ask for. */
function wrongType({
  name,
  version,
  type,
}: Pick<StoredParameter, "name" | "version" | "type">): DocumentVersion["parsed"] {
  const allowed = "a parameter of type String";
  const message = `${name}, version ${version}, is a ${type}; allowed: ${allowed}. Delete it and put the document with --type String.`;
  return {
    kind: "invalid",
    problems: [{ code: "wrong-type", message, parameter: name, version, path: "", allowed }],
  };
}
