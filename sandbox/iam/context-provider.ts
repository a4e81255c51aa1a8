import type { Members } from "../input/members.ts";
import { deleteConflict, invalidInput } from "./refusals.ts";
import { arnRule } from "./rules.ts";
import type { ContextProvider, Provider } from "./state.ts";

const keyRule = { min: 1, max: 128, pattern: /[A-Za-z0-9 _.:/=+@#-]+/ } as const;
const keysMax = 10;

/**
 * UpdateOpenIDConnectProvider: one change in a request, either of the context provider or of the
 * association with an Identity Center instance. The association must be removed first. Source: IAM
 * API reference, *UpdateOpenIDConnectProvider*.
 */
export function updatedProvider(provider: Provider, members: Members): Provider {
  const context = members.optionalStructure("ContextProvider");
  const removesContext = members.flag("RemoveContextProvider", false);
  const instance = members.optionalText("IdentityCenterInstanceArn", arnRule);
  const removesInstance = members.flag("RemoveIdentityCenterInstance", false);
  const asked = [context !== null, removesContext, instance !== null, removesInstance];
  if (asked.filter(Boolean).length !== 1) {
    throw invalidInput(
      "Specify exactly one change of the context provider or of the IAM Identity Center instance.",
    );
  }
  if (removesContext && provider.identityCenter !== null) {
    throw deleteConflict("Remove the IAM Identity Center instance association first.");
  }
  if (instance !== null && provider.contextProvider === null) {
    throw invalidInput("An IAM Identity Center instance needs a context provider.");
  }
  if (context !== null) return { ...provider, contextProvider: requestedContext(context) };
  if (removesContext) return { ...provider, contextProvider: null };
  return { ...provider, identityCenter: instance };
}

/** The context provider of CreateOpenIDConnectProvider; null if the request has none. */
export function contextOf(members: Members): ContextProvider | null {
  const given = members.optionalStructure("ContextProvider");
  return given === null ? null : requestedContext(given);
}

function requestedContext(members: Members): ContextProvider {
  return {
    subjectSourceKey: members.text("SubjectSourceKey", keyRule),
    subjectTypeSourceKey: members.optionalText("SubjectTypeSourceKey", keyRule),
    subjectTypeValue: members.optionalText("SubjectTypeValue", keyRule),
    keys: members.structures("KeyDefinitionList", { max: keysMax }).map((each) => ({
      source: each.text("SourceKey", keyRule),
      target: each.text("TargetKey", keyRule),
    })),
  };
}

/** Both as GetOpenIDConnectProvider shows them, without elements for absent members. */
export function shownContext({ contextProvider, identityCenter }: Provider) {
  return {
    ContextProvider:
      contextProvider === null
        ? null
        : {
            SubjectSourceKey: contextProvider.subjectSourceKey,
            SubjectTypeSourceKey: contextProvider.subjectTypeSourceKey,
            SubjectTypeValue: contextProvider.subjectTypeValue,
            KeyDefinitionList: contextProvider.keys.map(({ source, target }) => ({
              SourceKey: source,
              TargetKey: target,
            })),
          },
    IdentityCenterInstanceArn: identityCenter,
  };
}
