import type { Group } from "./command.ts";
import { approve } from "./commands/approve.ts";
import { audit } from "./commands/audit.ts";
import { circleci } from "./commands/circleci/index.ts";
import { completion } from "./commands/completion.ts";
import { diagnose } from "./commands/diagnose.ts";
import { doctor } from "./commands/doctor.ts";
import { drill } from "./commands/drill.ts";
import { history } from "./commands/history.ts";
import { init } from "./commands/init/index.ts";
import { plan } from "./commands/plan.ts";
import { reconcile } from "./commands/reconcile.ts";
import { report } from "./commands/report.ts";
import { status } from "./commands/status.ts";
import { trust } from "./commands/trust/index.ts";
import { validate } from "./commands/validate.ts";

/**
 * Every command. Parsing, help, completion and README's table are made from it. To add a command,
 * write a file in `commands/` and put it into the list here; a group is a list of its own.
 */
export const commands: Group = {
  kind: "group",
  name: "oidc-reconciler",
  summary:
    "oidc-reconciler keeps an AWS account's CircleCI OIDC provider, role and policy as its documents say",
  description: [
    "Other settings come from the environment, as in the deployed functions: OIDC_ALERT_TOPIC_ARN, OIDC_EVENT_BUS, OIDC_FIRST_DOCUMENT, OIDC_ORGANIZATIONS, OIDC_PERMISSIONS_BOUNDARY, OIDC_ROLE_NAMES, OIDC_POLICY_NAMES, OIDC_SCHEDULE_MINUTES, and the credentials that the AWS CLI would use. Organisations, boundary, names and schedule that no variable names are those of the last run over all environments.",
  ],
  commands: [
    init,
    plan,
    reconcile,
    status,
    history,
    approve,
    drill,
    audit,
    diagnose,
    validate,
    trust,
    doctor,
    circleci,
    report,
    completion(() => commands),
  ],
};
