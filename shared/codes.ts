/**
 * Every code of our own that machines get, with what it means and what to do; `docs/codes.md` has it from
 * here, and those of policies from `policy/codes.ts`. The product imports types alone: no bundle has a text
 * of it. Codes that are out keep their spelling.
 */

/** What a code means, and what to do about it. */
export type Code = { readonly means: string; readonly next: string };

const nothing = "Nothing: the next run continues.";
const settle =
  "Choose another name in the document, or settle who owns the resource. The message names it.";
const oldRole =
  "Let the function read that role, or detach the deploy policy from it. The message names the call.";
const write = "Write it in the form that the message shows.";

/** Errors of a run: `errors` of the report and of each environment in it. */
export const reportCodes = {
  AccountUnreadable: {
    means: "The roles of the account could not be listed, so something that needs them waits.",
    next: "Look at the function's permissions if it stays. Otherwise the next run continues.",
  },
  AlertUndelivered: {
    means:
      "No channel accepted these alerts. The message says whether the journal keeps them for the next run.",
    next: "Check the alert topic, its policy and its key, or the event bus.",
  },
  AnswerUnreadable: {
    means: "An answer does not have the form that AWS describes.",
    next: "The next run tries again. If it stays, look for a proxy between the function and AWS, or an AWS_ENDPOINT_URL that names something else.",
  },
  AppliedVersionGone: {
    means:
      "The record of what is in force is missing or does not fit. The role as it is now is the baseline, and everything that opens access waits.",
    next: 'Read "Evidence is missing" in the runbook, then approve the version.',
  },
  AudienceInUse: {
    means: "A provider lists an audience that no document asks for and another role accepts.",
    next: "Add the audience to circleci.audiences, or change the roles that the message names.",
  },
  BadEnvironmentName: {
    means: "A parameter below PREFIX/environments/ has a name that no environment can have.",
    next: "Put the document under a name of 1 to 64 of A-Z a-z 0-9 _ . - without a further slash.",
  },
  BadMessage: {
    means: "A message of the queue is not an event of EventBridge.",
    next: "Find out who sends to the queue: only the stack's rules should.",
  },
  BoundaryMissing: {
    means: "The permissions boundary does not exist or cannot be read, so nothing opens.",
    next: "Create that policy, or name an existing one in role.permissionsBoundary.",
  },
  EntryFailed: {
    means: "The event bus did not accept an alert and gave no reason.",
    next: nothing,
  },
  EnvironmentNotFound: {
    means: "A run was asked for an environment that does not exist.",
    next: "Check the name. The message lists the environments that exist.",
  },
  ForeignOwner: {
    means: "A tag says that the role, policy or provider belongs to another owner.",
    next: "Choose another name, or settle who owns it and remove that tag.",
  },
  Interrupted: {
    means: "Somebody pressed Ctrl-C, so the run began nothing more for this environment.",
    next: "Run it again. The next run of the function does it anyway.",
  },
  NameClaimedTwice: {
    means: "Two documents name the same role or policy. IAM ignores the case of names.",
    next: "Give one of them another name.",
  },
  NameDiffers: {
    means: "The account has the role or policy in another case than the document.",
    next: "Write the name as the account has it, or choose another.",
  },
  NameTaken: {
    means: "The name is taken by a role or policy at another path. IAM ignores paths in names.",
    next: settle,
  },
  NetworkError: {
    means: "AWS did not answer a call.",
    next: "The next run tries again. If it stays, check the network of the function.",
  },
  OldRoleUnread: {
    means:
      "The deploy policy is to grant more, and a role with an old name, which may hold it too, cannot be read. What opens waits.",
    next: oldRole,
  },
  Overtaken: {
    means: "Another run wrote the record, or the document changed, before this run opened more.",
    next: nothing,
  },
  PathDiffers: {
    means: "The role or policy exists at another path. IAM cannot move it.",
    next: "Write its path into the document, or remove it so that it is created again.",
  },
  Pending: {
    means: "The deploy targets had not answered yet when what closes access was written.",
    next: nothing,
  },
  PolicyInUse: {
    means: "The policy is also attached to something else, or is somebody's permissions boundary.",
    next: "Detach it there, or choose another policy.name. The message names who uses it.",
  },
  PolicyTooLong: {
    means: "IAM refused a policy because the account has no room for it.",
    next: "Shorten the document as the message says, or have the quota raised.",
  },
  ProviderInUse: {
    means: "The provider cannot be removed, because a role's trust policy names it.",
    next: "Remove it from the trust policies that the message names. The next run deletes it.",
  },
  ProviderSetting: {
    means: "The provider has a setting that no document asks for, such as a context provider.",
    next: "Remove it with the command in the alert.",
  },
  ProviderWaits: {
    means: "What the provider lacks would open a trust policy that is wrong and is left so.",
    next: "Let the environment of that trust policy be enforced, or correct it by hand.",
  },
  PageMissing: {
    means: "The weekly page could not be made or put. The findings and the page before it stay.",
    next: "Do what the message says. Until then oidc-reconciler report writes the same page.",
  },
  RecordTooLong: {
    means: "The record of what is in force is longer than a parameter can be.",
    next: "Name fewer projects, refs or targets, or split the environment.",
  },
  RoleInInstanceProfile: {
    means: "The role cannot be removed, because an instance profile contains it.",
    next: "Take it out with the command in the message. The next run deletes it.",
  },
  StaleListing: {
    means:
      "A parameter, or a version of it, exists and was not listed, so nothing was removed or decided in this run.",
    next: nothing,
  },
  TargetMissing: {
    means: "A deploy target that the document names does not exist, or several have its name.",
    next: "Create it, or remove its name from the document. Name one app of several by its id.",
  },
  TargetUnreadable: {
    means: "A deploy target could not be read. What it was granted stays.",
    next: "See the message: a permission may be missing, or the Region may lack the service.",
  },
  TimeUp: {
    means: "The function's time was nearly over, so the run left the rest to the next one.",
    next: nothing,
  },
  "policy-too-long": {
    means: "The trust or deploy policy that the document asks for is longer than IAM allows.",
    next: "Shorten the part that the message names.",
  },
} as const satisfies Readonly<Record<string, Code>>;

/** `reason` of a condition. */
export const conditionReasons = {
  AllFound: { means: "Every deploy target exists.", next: "Nothing." },
  AsIntended: { means: "The trust policy admits what the document names.", next: "Nothing." },
  Conflict: {
    means: "A name is claimed twice, or a resource belongs to another owner.",
    next: settle,
  },
  Contended: {
    means: "The same thing was corrected again and again, so it is left for a while.",
    next: "Do what the alert `contended` says, or stop the other side, which it names.",
  },
  Differs: { means: "The role could not be made as the document says.", next: "See `errors`." },
  Drifted: {
    means: "The account differs, and the mode or a dry run left it so.",
    next: "Set mode to enforce, or run once with force.",
  },
  Failed: { means: "Something could not be read, planned or written.", next: "See `errors`." },
  ForeignTag: {
    means: "A tag that only AWS can remove says that the role belongs to another owner.",
    next: "Find out which service set it.",
  },
  Held: {
    means: "The newest version would widen access and waits.",
    next: "Approve or replace it.",
  },
  InSync: { means: "The account is as the document says.", next: "Nothing." },
  Interrupted: {
    means: "Somebody pressed Ctrl-C before the run had begun it.",
    next: "Run it again. The next run of the function does it anyway.",
  },
  Invalid: {
    means: "The newest version is not a valid document, or IAM has no room for it.",
    next: "Correct it. What was in force stays in force.",
  },
  Missing: {
    means: "A deploy target does not exist, or several have its name.",
    next: "Create it or remove its name. Name one app of several by its id.",
  },
  NotInForce: { means: "The newest version is not in force.", next: "See SpecValid and InSync." },
  NotReady: {
    means: "One of the other conditions is false, or more is open on a role that was left.",
    next: "See that condition, or correct or remove that role.",
  },
  NothingInForce: {
    means: "No version is in force yet.",
    next: "See SpecValid and TrustAsIntended.",
  },
  Observed: { means: "The mode is observe: nothing is corrected.", next: "Set mode to enforce." },
  OldRoleUnread: {
    means: "What opens waits for a role with an old name that cannot be read.",
    next: oldRole,
  },
  Orphaned: {
    means: "The parameter is gone, so nothing says what should be.",
    next: "Put the document back, or remove what is left.",
  },
  ParameterGone: {
    means: "The parameter was deleted.",
    next: "Put it back if that was a mistake.",
  },
  ProviderSetting: {
    means: "The provider has a setting that no document asks for.",
    next: "Remove it with the command in the alert.",
  },
  Ready: { means: "All conditions are true.", next: "Nothing." },
  SessionsRevoked: {
    means: "A policy on the role only denies, and no document asks for it. It stays for a while.",
    next: "Find out why. The message says until when it stays.",
  },
  Skipped: {
    means: "A change was not tried, because an earlier one failed.",
    next: "See `errors`. The next run tries again.",
  },
  Suspended: { means: "The mode is suspend: nothing is corrected.", next: "Set mode to enforce." },
  TagsFull: {
    means: "A role, policy or provider of ours has 50 tags of others, and no room for ours.",
    next: "Take other tags off it. The next run puts ours back.",
  },
  Unknown: { means: "Too little could be read to decide.", next: "See `errors`." },
  Unreadable: { means: "A deploy target could not be read.", next: "See `errors`." },
  Valid: { means: "The newest version is a valid document.", next: "Nothing." },
  Widened: { means: "The trust policy admits more than the document.", next: "See the alert." },
} as const satisfies Readonly<Record<string, Code>>;

/** What is wrong with an environment's document: `errors`, and `validate`. */
export const documentCodes = {
  contradiction: { means: "Two fields of the document contradict each other.", next: write },
  "duplicate-key": { means: "A mapping has the same key twice.", next: "Remove one of the two." },
  "hidden-character": {
    means:
      "The document holds a character that a screen hides or obeys, such as a lone carriage return or a zero-width space, so that people may read something else than what counts.",
    next: "Take it out. The message has its number, line and column.",
  },
  "missing-field": { means: "A required field is missing.", next: "Add it." },
  "no-mapping": { means: "The document is not a mapping of fields.", next: write },
  "no-yaml": { means: "The document is neither YAML nor JSON.", next: write },
  "not-allowed": { means: "A value is not among those that the field accepts.", next: write },
  template: {
    means: "The document holds {{, which Parameter Store reads as a template.",
    next: "Remove it.",
  },
  "too-deep": { means: "The document is nested too deeply.", next: write },
  "too-long": { means: "The document is longer than a parameter can be.", next: "Split it." },
  "unknown-field": { means: "There is no field of that name.", next: "Check its spelling." },
  "wrong-type": { means: "A value has the wrong type, such as a number for text.", next: write },
  "yaml-feature": {
    means: "The document uses a feature of YAML that is refused, such as an anchor.",
    next: "Write the value out.",
  },
} as const satisfies Readonly<Record<string, Code>>;

/** What is wrong with the input of a command or a function. */
export const inputCodes = {
  AccessDenied: {
    means:
      "The credentials of the command may not do what `where` names: an IAM action, or a request to CircleCI.",
    next: "Use a role that may: docs/AWS_DEVELOPER_ACCESS.md has a policy for each kind of work. For CircleCI, use the token of somebody who may.",
  },
  BadSetting: {
    means: "`where` names a setting that says where AWS or CircleCI is and cannot be used.",
    next: "Write the Region, the address or the token in the form that the message shows.",
  },
  CircleciAnswerUnreadable: {
    means: "CircleCI's answer has another form than its API describes.",
    next: "Check CIRCLECI_CLI_HOST: a proxy or a sign-in page may answer in its place.",
  },
  CircleciNotFound: {
    means: "CircleCI has no such project or variable, or hides it from the token.",
    next: "Check the slug, and that the token's owner may see the project.",
  },
  CircleciRefused: {
    means: "CircleCI refused a request. The message has the status.",
    next: "Check the address, the slug or the id.",
  },
  CircleciThrottled: {
    means: "CircleCI had too many requests, and would have to be waited for too long.",
    next: "Run the command again later.",
  },
  CircleciUnavailable: {
    means: "CircleCI did not answer, or failed, several times.",
    next: "Check the network and status.circleci.com, and run the command again.",
  },
  CredentialsMissing: {
    means: "The command found no AWS credentials, or no token for CircleCI.",
    next: "For AWS name a profile with --profile or AWS_PROFILE, or set the two keys. For CircleCI set CIRCLE_TOKEN.",
  },
  DrillRefused: {
    means: "A drill in this environment would show nothing, because no run would correct anything.",
    next: "Do what the message says. Only an environment in mode enforce can be drilled.",
  },
  DrillTagLeft: {
    means: "The drill could not take its tag off the role again.",
    next: "Take it off with the command in the message.",
  },
  FileExists: {
    means: "The file that would be written is there already. It stays as it is.",
    next: "Name another file, or move that one away.",
  },
  FunctionFailed: {
    means: "The invoked function ended with an error, whose type says no more than that.",
    next: "Read its log. The message has the reason, if the function gave one.",
  },
  Interrupted: {
    means: "Ctrl-C ended the command before its end. The message says what was done.",
    next: "Run it again for the rest.",
  },
  LabelRefused: {
    means: "Parameter Store did not take the label on the version, and said no more.",
    next: "Try again. If it stays so, label the version with the AWS CLI and read its answer.",
  },
  LoginExpired: {
    means: "AWS no longer accepts the credentials, or CircleCI the token.",
    next: 'Log in again, for instance with "aws sso login", or set fresh keys or a fresh CIRCLE_TOKEN.',
  },
  NoQuestion: {
    means: "There is nothing to diagnose in the input of diagnose.",
    next: "Give a record of CloudTrail, or a role with a token. The message shows each form.",
  },
  NotAReport: {
    means: "The invoked function answered something that is not a report of this release.",
    next: "Check that it is the function reconcile, and of the release of the command.",
  },
  NotHeld: {
    means: "approve finds nothing to approve, or --version does not name the held version.",
    next: "The message says what is held or applied. history lists all versions.",
  },
  NodeTooOld: {
    means: "This Node is older than the command needs.",
    next: "Install the Node that the message names, or a newer one.",
  },
  RegionMissing: {
    means: "Neither --region, AWS_REGION nor the profile says in which Region the documents are.",
    next: "Name it with --region or AWS_REGION.",
  },
  RoleNotFound: {
    means: "The account has no role of that name.",
    next: "Check the name and the account. A first run makes the role of an environment.",
  },
  Unexpected: {
    means: "The command failed in a way that it should not.",
    next: "Report it with the message.",
  },
  NothingInForce: {
    means: "Nothing is in force in the environment that the command is about.",
    next: "Look at the status. Approve the version that waits, or correct the document.",
  },
  StatusByOthers: {
    means: "The environment's status has outputs that no run wrote.",
    next: "See in CloudTrail who put the parameter. Delete it, and let a run write it again.",
  },
  ParameterExists: {
    means: "`init` makes a first document, and the environment has one already.",
    next: "Edit the parameter, or choose another NAME. `plan NAME --document FILE` plans an edit.",
  },
  NoRole: {
    means: "`init --from-role` names a role that this account does not have.",
    next: "Check the name and the account; an ARN names both.",
  },
  UnknownEnvironment: {
    means: "The command names an environment that does not exist.",
    next: "Check the name. The message has the nearest one, or those that exist.",
  },
  UnreadableEvents: {
    means: "A file of CloudTrail's events cannot be read to its end.",
    next: "Give the file as CloudTrail or the AWS CLI wrote it. The message says what is wrong.",
  },
  WrongUsage: { means: "The command line is wrong.", next: "See --help of that command." },
  "bad-environment-name": {
    means: "The payload names an environment that no parameter can hold.",
    next: "Use 1 to 64 of A-Z a-z 0-9 _ . -",
  },
  "bad-line": {
    means: "A line of trust compare --batch is not an object with id, before and after.",
    next: "Correct that line. The others are answered.",
  },
  "no-environment": {
    means: "The list of environments in the payload is empty.",
    next: "Leave `environments` out to look at all of them.",
  },
  "token-unreadable": {
    means: "The text is neither a token nor its claims.",
    next: "Give the whole token, or its claims as JSON.",
  },
  "too-many-environments": {
    means: "The payload names more environments than an account can have roles.",
    next: "Leave `environments` out to look at all of them.",
  },
} as const satisfies Readonly<Record<string, Code>>;

/** `findings` of the audit. */
export const auditCodes = {
  "ci-access-key": {
    means: "A user that looks like a pipeline's has an active access key.",
    next: "Remove the key from CircleCI, then deactivate and delete it.",
  },
  "loose-end": {
    means: "The trust policy of a role admits more than it may seem to.",
    next: "Narrow it. The message ends with the code of the loose end.",
  },
  "no-token": {
    means: "A role's trust policy names CircleCI, and no CircleCI token can assume the role.",
    next: "Correct the trust policy, or remove the role.",
  },
  "no-trail": {
    means: "No CloudTrail trail records what the reconciler waits for.",
    next: "Let a trail log write management events of every Region.",
  },
  "root-issuer": {
    means: "The account has the provider that all organisations of CircleCI share.",
    next: "Delete it and use the one of your organisation.",
  },
  "unmanaged-trust": {
    means: "A role admits CircleCI tokens and no environment manages it.",
    next: "Name it in an environment's document, or remove it.",
  },
  unreadable: {
    means: "The audit could not read a part of the account.",
    next: "Give the audit's role the right to read it.",
  },
  "unused-role": { means: "Nobody has used the role for a long time.", next: "Remove it." },
} as const satisfies Readonly<Record<string, Code>>;

export type ConditionReason = keyof typeof conditionReasons;
export type DocumentCode = keyof typeof documentCodes;
export type AuditCode = keyof typeof auditCodes;
