// The readers of the state as release 0.1.0 had them: shared/plan/record.ts, shared/plan/status.ts and
// shared/report/journal.ts of the commit before plain ECS services, with all that they import but the libraries.
// shared/plan/record.ts
import { gunzipSync, gzipSync } from "node:zlib";
import * as z17 from "zod/mini";

// shared/document/parse.ts
import * as z16 from "zod/mini";

// shared/json.ts
function isRecord(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
function parseJson(text2) {
  try {
    return JSON.parse(text2);
  } catch {
    return void 0;
  }
}

// shared/schema/fields.ts
import * as z from "zod/mini";

// shared/schema/text-rule.ts
var beyondLatin1 = {
  when: (text2) => /[\u0100-\uffff]/.test(text2),
  says: "holds a character beyond Latin-1, which IAM refuses in a policy"
};
var spaceOrControl = {
  when: (text2) => /[\s\p{Cc}]/u.test(text2),
  says: "holds a space or a control character"
};
function mistakeIn(rule, text2) {
  const lengthMin = rule.lengthMin ?? 1;
  if (text2.length < lengthMin) return text2 === "" ? "is empty" : "is too short";
  if (text2.length > rule.lengthMax) {
    return `has ${text2.length} characters, ${text2.length - rule.lengthMax} too many`;
  }
  const mistake = rule.mistakes?.find(({ when }) => when(text2));
  if (mistake !== void 0) {
    const instead = mistake.instead?.(text2) ?? null;
    const isRight = instead !== null && mistakeIn(rule, instead) === null;
    return isRight ? `${mistake.says}; write ${instead}` : mistake.says;
  }
  return rule.pattern.test(text2) ? null : "is not of that form";
}

// shared/schema/fields.ts
var fieldNotes = z.registry();
function noted(schema4, notes) {
  fieldNotes.add(schema4, notes);
  return schema4;
}
function text(rule, notes) {
  const schema4 = z.string().check((context) => {
    const mistake = mistakeIn(rule, context.value);
    if (mistake === null) return;
    context.issues.push({
      code: "custom",
      input: context.value,
      message: mistake,
      continue: false
    });
  });
  const { allowed, lengthMax, lengthMin = 1 } = rule;
  const pattern = rule.pattern.unicode ? {} : { pattern: rule.pattern.source };
  return noted(schema4, { ...notes, ...pattern, allowed, lengthMax, lengthMin });
}
function distinctList(item, notes, atMost) {
  const list5 = z.array(item).check(z.overwrite((values) => [...new Set(values)]));
  return noted(atMost === void 0 ? list5 : list5.check(z.maxLength(atMost)), notes);
}

// shared/targets/index.ts
import * as z11 from "zod/mini";

// shared/targets/amplify/kind.ts
import * as z4 from "zod/mini";

// shared/aws/event-fields.ts
var textLengthMax = 2048;
function member(fields, name4) {
  return Object.hasOwn(fields, name4) ? fields[name4] : void 0;
}
function fieldsAt(fields, name4) {
  const value = member(fields, name4);
  return isRecord(value) ? value : {};
}
function textAt(fields, ...names) {
  for (const name4 of names) {
    const value = member(fields, name4);
    if (typeof value === "string" && isPlainText(value)) return value;
  }
  return null;
}
function textsAt(fields, name4) {
  const value = member(fields, name4);
  if (!Array.isArray(value)) return [];
  const first = value.slice(0, 10);
  return first.filter((each) => typeof each === "string").filter(isPlainText);
}
function isPlainText(value) {
  return value.length > 0 && value.length <= textLengthMax && !new RegExp("\\p{Cc}|[\\u2028\\u2029]", "u").test(value);
}

// shared/targets/output-names.ts
function variableOf(variable3, name4) {
  return `${variable3}_${name4.toUpperCase().replaceAll(/[^A-Z0-9]+/g, "_")}`;
}
function lastOutput(outputs, variable3, name4) {
  return outputs[variableOf(variable3, name4)] ?? outputs[variable3] ?? null;
}

// shared/aws/arn.ts
function arnOf({ id, partition }, service, region, resource) {
  return `arn:${partition}:${service}:${region}:${id}:${resource}`;
}
function iamArn(account, resource) {
  return arnOf(account, "iam", "", resource);
}

// shared/targets/arns.ts
function arnIn({ account, region }, service, resource) {
  return arnOf(account, service, region, resource);
}
function hasRest(arn, before, rest) {
  return arn.startsWith(before) && rest.test(arn.slice(before.length));
}
function isRoleIn(account, arn) {
  return hasRest(arn, iamArn(account, "role/"), literalRole);
}
var literalRole = /^(?:[!-#%-)+->@-~]{1,510}\/)?[A-Za-z0-9_+=,.@-]{1,64}$/;

// shared/targets/in-force.ts
function isGranted(grants, resource, action) {
  const wanted = action.toLowerCase();
  return grants.some(
    (grant) => grant.resource === resource && grant.actions.some((written) => allows(written.toLowerCase(), wanted))
  );
}
function isInForce(grants, wanted) {
  const byResource = Map.groupBy(wanted, ({ resource }) => resource);
  return byResource.size > 0 && [...byResource].every(
    ([resource, own]) => own.some(
      ({ permission }) => permission.actions.some((action) => isGranted(grants, resource, action))
    )
  );
}
function allows(written, wanted) {
  if (written === wanted || wanted.endsWith(":") && written.startsWith(wanted)) return true;
  return written.endsWith("*") && wanted.startsWith(written.slice(0, -1));
}

// shared/targets/missing.ts
function collect(parts) {
  return {
    found: parts.flatMap((part) => part.found),
    missing: parts.flatMap((part) => part.missing)
  };
}
function absenceIn(reading) {
  if (reading !== null && (reading.kind === "absent" || reading.kind === "found")) {
    return { why: "absent", detail: "does not exist" };
  }
  const because = reading !== null && "fault" in reading ? ` (${reading.fault.message})` : "";
  return { why: "unreadable", detail: `could not be read${because}` };
}

// shared/aws/policy-document.ts
function oneOrMore(values) {
  const sorted = [...new Set(values)].sort();
  const [only] = sorted;
  return sorted.length === 1 && only !== void 0 ? only : sorted;
}
function literal(name4) {
  return name4.replace(/[*?$]/g, (character) => `\${${character}}`);
}

// shared/targets/permissions.ts
function statementsOfGrants(part, grants) {
  const sets = permissionSets(part, grants);
  const guides = sets.findIndex(
    ({ permissions: permissions4 }) => permissions4.some((permission) => part.guide.includes(permission))
  );
  return sets.map(({ permissions: permissions4, resources }, index) => {
    const names = permissions4.map(({ name: name4 }) => name4).join("");
    const actions = permissions4.flatMap((permission) => permission.actions);
    return {
      Sid: index === guides ? part.sid : `${part.prefix}${names}`,
      Effect: "Allow",
      // In the part's own order: a lone action is written as the guide writes one.
      Action: actions.length === 1 ? actions.join() : actions,
      Resource: oneOrMore(resources)
    };
  });
}
function permissionSets(part, grants) {
  const byResource = Map.groupBy(grants, ({ resource }) => resource);
  const ranked = [...byResource].map(([resource, own]) => {
    const given = own.map(({ permission }) => permission);
    const permissions4 = part.permissions.filter((permission) => given.includes(permission));
    const rank = permissions4.map((permission) => part.permissions.indexOf(permission)).join();
    return { rank, permissions: permissions4, resource };
  });
  const sets = Map.groupBy(ranked, ({ rank }) => rank);
  return [...sets].toSorted(([one], [other]) => one < other ? -1 : 1).map(([, members]) => ({
    permissions: members[0]?.permissions ?? [],
    resources: members.map(({ resource }) => resource)
  }));
}
function passRoleStatements(sid, roles, to) {
  if (roles.length === 0) return [];
  return [
    {
      Sid: sid,
      Effect: "Allow",
      Action: "iam:PassRole",
      Resource: oneOrMore(roles.map(literal)),
      Condition: { StringEquals: { "iam:PassedToService": to } }
    }
  ];
}

// shared/targets/policy-part.ts
function onePart(names, statements) {
  const says = ` (${names} ${names === 1 ? "entry" : "entries"})`;
  const length = lengthOf(statements);
  return [{ says, plural: "entries", remedy: "naming fewer of them", length }];
}
function lengthOf(statements) {
  return JSON.stringify(statements).length - 2;
}

// shared/targets/amplify/statements.ts
var startJob = { name: "Start", actions: ["amplify:StartJob"] };
var getJob = { name: "Follow", actions: ["amplify:GetJob"] };
var upload = {
  name: "Upload",
  actions: ["amplify:CreateDeployment", "amplify:StartDeployment"]
};
var permissions = {
  prefix: "Amplify",
  sid: "AmplifyDeploy",
  permissions: [startJob, getJob, upload],
  guide: [startJob, getJob]
};
function appGrants(target4) {
  const ways = [
    ...target4.may.includes("release") ? [target4.hasRepository ? startJob : upload, getJob] : [],
    ...target4.may.includes("upload") ? [upload] : []
  ];
  return [...new Set(ways)].flatMap((permission) => {
    const rest = permission === upload ? "" : "/jobs/*";
    return branchArns(target4, rest).map((resource) => ({ permission, resource }));
  });
}
function branchArns({ appArn, branches }, rest) {
  if (branches === "every") return [`${literal(appArn)}/*`];
  return branches.flatMap(
    (branch) => spellingsOf(branch).map((name4) => `${literal(appArn)}/branches/${literal(name4)}${rest}`)
  );
}
function spellingsOf(branch) {
  return branch.includes("/") ? [branch, branch.replaceAll("/", "%2F")] : [branch];
}
function appStatements(apps2) {
  return statementsOfGrants(permissions, apps2.flatMap(appGrants));
}
function appParts(apps2) {
  const byName = Map.groupBy(apps2, ({ app: app2 }) => app2);
  return [...byName].map(([app2, resolved]) => {
    const branches = resolved.flatMap((each) => each.branches === "every" ? [] : each.branches);
    return {
      says: `, app ${app2} (${counted(branches.length)})`,
      plural: "apps",
      remedy: branches.length > 1 ? "naming fewer branches of that app (none means every branch)" : "naming fewer of them",
      length: lengthOf(appStatements(resolved))
    };
  });
}
function counted(branches) {
  if (branches === 0) return "every branch";
  return `${branches} ${branches === 1 ? "branch" : "branches"}`;
}

// shared/targets/amplify/resolve.ts
function resolveAmplify(entries, apps2, memory) {
  return collect(entries.map((entry) => app(entry, entries, apps2, memory)));
}
function appsNamed(name4, apps2) {
  const all = apps2.kind === "found" ? apps2.value : [];
  const byId = all.filter(({ id }) => id === name4);
  return byId.length > 0 ? byId : all.filter((candidate) => candidate.name === name4);
}
function app(entry, entries, apps2, memory) {
  const matches = appsNamed(entry.app, apps2);
  const [match, second] = matches;
  if (match === void 0)
    return gone(entry, { ...absenceOf(entry, apps2, memory), among: null }, entries, memory);
  if (second !== void 0) {
    const ids = matches.map(({ id }) => id);
    const detail = `names ${ids.length} apps (${ids.join(", ")}): name one by its app id`;
    return gone(entry, { why: "ambiguous", detail, among: ids }, entries, memory);
  }
  if (entry.branches.length > 0) return namedBranches(entry, match, memory);
  const whole2 = { ...granted(entry.app, match), branches: "every", may: entry.may };
  return { found: [whole2], missing: [] };
}
function absenceOf({ app: name4 }, apps2, memory) {
  const absence = absenceIn(apps2);
  const shown = apps2.kind === "found" ? apps2.value : [];
  const before = rememberedOf(name4, memory).find(
    ({ appId }) => shown.some(({ id }) => id === appId)
  );
  if (before === void 0) return absence;
  const renamed = `the app that it was, ${before.appId}, has another name now: name it by that or by its id`;
  return { ...absence, detail: `${absence.detail} (${renamed})` };
}
function granted(app2, { id, arn, hasRepository }) {
  return { app: app2, appId: id, appArn: arn, hasRepository };
}
function namedBranches(entry, match, memory) {
  const existing = match.branches?.kind === "found" ? match.branches.value : [];
  const absence = absenceIn(match.branches);
  const before = rememberedOf(entry.app, memory).filter(({ appId }) => appId === match.id);
  const app2 = granted(entry.app, match);
  const missing = [];
  const parts = entry.branches.flatMap((branch) => {
    if (existing.includes(branch)) return [{ ...app2, branches: [branch], may: entry.may }];
    const seen = before.find(({ branches }) => branches !== "every" && branches.includes(branch));
    const { hasRepository } = seen ?? before[0] ?? match;
    const last = { ...app2, hasRepository, branches: [branch], may: entry.may };
    const mayStay = absence.why === "unreadable" || seen !== void 0;
    const kept = mayStay ? inForce(last, memory) : [];
    const name4 = `${entry.app} branch ${branch}`;
    missing.push({ ...absence, name: name4, kept: kept.length > 0 });
    return kept;
  });
  return { found: joined(parts), missing };
}
function joined(parts) {
  const same = Map.groupBy(
    parts,
    ({ appId, hasRepository, may, branches }) => JSON.stringify([appId, hasRepository, may, branches === "every"])
  );
  return [...same.values()].flatMap((alike) => {
    const [first] = alike;
    if (first === void 0) return [];
    if (first.branches === "every") return [first];
    return [{ ...first, branches: alike.flatMap(({ branches }) => branches) }];
  });
}
function gone(entry, { among, ...absence }, entries, memory) {
  const last = rememberedOf(entry.app, memory).filter(({ appId }) => isAmplifyAppId(appId)).flatMap((before) => keptOf(entry, before, memory));
  const isOpen = last.length === 0 && absence.why !== "absent";
  const ids = isOpen ? unclaimedIds(entry, entries, memory) : [];
  const standing = ids.filter((id) => among === null || among.includes(id)).flatMap((appId) => keptOf(entry, { appId, branches: "every", hasRepository: null }, memory));
  const found = [...last, ...standing];
  return { found, missing: [{ ...absence, name: entry.app, kept: found.length > 0 }] };
}
function rememberedOf(app2, { last }) {
  return last.filter((before) => before.app === app2);
}
function keptOf(entry, { appId, branches: remembered2, hasRepository }, memory) {
  const appArn = appArnIn(memory.place, appId);
  const keep = (branches) => {
    const target4 = { app: entry.app, appId, appArn, branches, may: entry.may };
    const connected = hasRepository ?? !isUploadedTo(target4, memory);
    return inForce({ ...target4, hasRepository: connected }, memory);
  };
  const each = (names) => joined(names.flatMap((name4) => keep([name4])));
  if (entry.branches.length > 0) {
    return each(
      entry.branches.filter((name4) => remembered2 === "every" || remembered2.includes(name4))
    );
  }
  if (remembered2 !== "every") return each(remembered2);
  const whole2 = keep("every");
  return whole2.length > 0 ? whole2 : each(branchesInForce(appArn, memory));
}
function inForce(target4, { grants }) {
  const may = target4.may.filter((word) => {
    const named = { ...target4, may: [word] };
    return [named, { ...named, branches: "every" }].some(
      (each) => isInForce(grants, appGrants(each))
    );
  });
  return may.length === 0 ? [] : [{ ...target4, may }];
}
function isUploadedTo(target4, { grants }) {
  const isStarted = appGrants({ ...target4, may: ["release"], hasRepository: true }).some(
    ({ resource }) => isGranted(grants, resource, "amplify:StartJob")
  );
  const uploads = appGrants({ ...target4, may: ["upload"], hasRepository: false });
  return !isStarted && isInForce(grants, uploads);
}
function branchesInForce(appArn, memory) {
  const [before, ofJobs] = [`${appArn}/branches/`, "/jobs/*"];
  const names = memory.grants.flatMap(({ resource }) => {
    if (!resource.startsWith(before)) return [];
    const end = resource.endsWith(ofJobs) ? -ofJobs.length : void 0;
    return [resource.slice(before.length, end).replaceAll(/\$\{([*?$])\}/g, "$1")];
  });
  return [...new Set(names)].filter((name4) => name4 !== "");
}
function newlyReleasedBy(targets, memory) {
  return targets.flatMap((target4) => {
    const { app: app2, appId, hasRepository, may } = target4;
    const wasOther = rememberedOf(app2, memory).some(
      (before) => before.appId === appId && before.may.includes("release") && before.hasRepository !== hasRepository
    );
    if (!wasOther || !may.includes("release")) return [];
    const action = hasRepository ? "amplify:StartJob" : "amplify:CreateDeployment";
    const resource = appGrants(target4).find(
      ({ permission, resource: on }) => permission.actions.includes(action) && !isGranted(memory.grants, on, action)
    )?.resource;
    if (resource === void 0) return [];
    const reason = hasRepository ? `${app2} is connected to a repository now, and is released from it` : `${app2} has no repository now, and is released by an upload`;
    const facts = { app: app2, hasRepository, action, resource };
    return [{ facts, action, resource, context: {}, reason }];
  });
}
function unclaimedIds(entry, entries, { place, last, grants }) {
  const before = appArnIn(place, "");
  const ids = new Set(
    grants.filter(({ resource }) => resource.startsWith(before)).map(({ resource }) => resource.slice(before.length).split("/")[0] ?? "").filter(isAmplifyAppId)
  );
  if (ids.has(entry.app)) return [entry.app];
  const others = new Set(entries.flatMap(({ app: app2 }) => app2 === entry.app ? [] : [app2]));
  const claimed = /* @__PURE__ */ new Set([
    ...others,
    ...last.flatMap(({ app: app2, appId }) => others.has(app2) ? [appId] : [])
  ]);
  return [...ids].filter((id) => !claimed.has(id));
}
function namedApp({ app: app2, branches, may }, apps2, { place, idOf }) {
  const matches = appsNamed(app2, apps2);
  const match = matches.length === 1 ? matches[0] : void 0;
  const appId = match?.id ?? `d${idOf(app2)}`;
  return {
    app: app2,
    appId,
    appArn: match?.arn ?? appArnIn(place, appId),
    branches: branches.length === 0 ? "every" : branches,
    may,
    hasRepository: match?.hasRepository ?? true
  };
}
function appArnIn(place, id) {
  return arnIn(place, "amplify", `apps/${id}`);
}
function isAmplifyAppId(text2) {
  return /^d[a-z0-9]{1,63}$/.test(text2);
}

// shared/targets/amplify/schema.ts
import * as z3 from "zod/mini";

// shared/targets/entries.ts
import * as z2 from "zod/mini";
function mayList(words, notes) {
  const word = noted(z2.enum(words), { about: "One of the words.", allowed: words.join(", ") });
  const list5 = z2.array(word).check(z2.minLength(1)).check(
    z2.overwrite((written) => {
      return [...new Set(written)].sort(
        (one, other) => words.indexOf(one) - words.indexOf(other)
      );
    })
  );
  return noted(list5, { ...notes, allowed: `a list of at least one of ${words.join(", ")}` });
}
function isPlain(words, may) {
  return may.length === 1 && may[0] === words[0];
}
function onceEach(targets, nameOf) {
  return [...new Map(targets.map((target4) => [nameOf(target4), target4])).values()];
}
function listedTwice(entries, belongs) {
  const seen = /* @__PURE__ */ new Map();
  return entries.flatMap(({ name: name4, meaning, at }, index) => {
    const before = seen.get(name4);
    if (before === void 0) seen.set(name4, meaning);
    if (before === void 0 || meaning !== null && before === meaning) return [];
    const message = `is listed twice; ${belongs}`;
    const params = { code: "contradiction" };
    return [{ code: "custom", input: name4, path: [index, ...at], message, params }];
  });
}
var wordsBelong = "its words belong into one entry";

// shared/targets/amplify/schema.ts
var appMay = ["release", "upload"];
var appRule = {
  pattern: /^[^\p{C}]{1,255}$/u,
  lengthMax: 255,
  allowed: "the name or the id of an Amplify app, 1 to 255 characters",
  mistakes: [
    { when: (text2) => text2.startsWith("arn:"), says: "is an ARN; write the app's name or id" }
  ]
};
var branchRule = {
  pattern: /^[ -~\u00a1-\u00ff]{1,255}$/,
  lengthMax: 255,
  allowed: "the name of a branch, 1 to 255 characters of Latin-1, without refs/heads/",
  mistakes: [
    beyondLatin1,
    {
      when: (text2) => text2.startsWith("refs/heads/"),
      says: "begins with refs/heads/; Amplify knows a branch by its short name"
    }
  ]
};
var name = text(appRule, {
  about: "Name or id of the Amplify app.",
  example: "demo-frontend"
});
var entrySchema = noted(
  z3.union([
    name,
    z3.strictObject({
      app: name,
      branches: z3._default(
        distinctList(text(branchRule, { about: "Name of a branch, literally.", example: "main" }), {
          about: "Branches that jobs may deploy; none: every branch of the app.",
          allowed: "a list of branch names",
          example: "[main]"
        }),
        []
      ),
      may: z3._default(
        mayList(appMay, {
          about: "`release`: the guide's permissions, where an app without a repository takes an upload in place of `amplify:StartJob`; `upload`: `amplify:CreateDeployment` and `amplify:StartDeployment` on the branch.",
          example: "[release]"
        }),
        ["release"]
      )
    })
  ]),
  {
    about: "An Amplify app by its name or id, or with its branches and what jobs may do to them.",
    allowed: `${appRule.allowed}, or a mapping with app and, optionally, branches and may`,
    example: "{ app: demo-frontend, branches: [main] }"
  }
);
var list = noted(z3.array(entrySchema), {
  about: "Amplify apps that jobs may deploy.",
  allowed: "a list of names or ids, or of mappings with app, branches and may, each app once"
}).check((context) => {
  const read = context.value.map(
    (entry) => typeof entry === "string" ? { name: entry, meaning: null, at: [] } : { name: entry.app, meaning: null, at: ["app"] }
  );
  context.issues.push(...listedTwice(read, "its branches and its words belong into one entry"));
});
var apps = z3.pipe(
  z3._default(list, []),
  z3.transform((entries) => entries.map(target))
);
function target(entry) {
  return typeof entry === "string" ? { app: entry, branches: [], may: [appMay[0]] } : entry;
}
function appsWritten(entries) {
  return entries.map(({ may, ...entry }) => isPlain(appMay, may) ? entry : { ...entry, may });
}

// shared/targets/amplify/kind.ts
var variable = "AWS_AMPLIFY_APP_ID";
var amplify = {
  noun: "Amplify app",
  schema: apps,
  written: appsWritten,
  regions: null,
  memory: z4.object({
    app: z4.string(),
    appId: z4.string(),
    appArn: z4.string(),
    branches: z4.union([z4.literal("every"), z4.array(z4.string())]),
    // The release before `may` kept none of the words, and had every app released by StartJob.
    may: z4._default(z4.array(z4.enum(appMay)), ["release"]),
    hasRepository: z4._default(z4.boolean(), true)
  }),
  writtenWhenEmpty: true,
  ask: (documents) => documents.flatMap(
    ({ entries, last, outputs }) => entries.map(({ app: app2, branches }) => ({
      app: app2,
      namesBranches: branches.length > 0,
      likelyId: last.find((before) => before.app === app2)?.appId ?? lastOutput(outputs, variable, app2)
    }))
  ),
  unseen: (reading) => reading,
  resolve: (entries, found, memory) => {
    const resolved = resolveAmplify(entries, found, memory);
    return { ...resolved, granted: newlyReleasedBy(resolved.found, memory) };
  },
  named: (entries, found, unknown) => entries.map((entry) => namedApp(entry, found, unknown)),
  statements: appStatements,
  parts: appParts,
  outputs: (_, targets) => {
    const ids = new Map(
      targets.map(({ app: app2, appId }) => [`${app2} ${appId}`, [app2, appId]])
    );
    return [{ variable, values: [...ids.values()] }];
  },
  events: {
    service: "amplify",
    // An update may give an app the name that a document asks for, or a repository.
    calls: ["CreateApp", "UpdateApp", "DeleteApp", "CreateBranch", "DeleteBranch"],
    detailTypes: ["Amplify Deployment Status Change"],
    ofCall: appOfCall,
    ofEvent: (event) => touchedApp(textAt(fieldsAt(event, "detail"), "appId"), null),
    says: ({ id, name: name4 }) => `Amplify app ${name4 ?? id ?? ""}`,
    names: isNamed
  }
};
function appOfCall(record5) {
  const request = fieldsAt(record5, "requestParameters");
  const made = fieldsAt(fieldsAt(record5, "responseElements"), "app");
  return touchedApp(
    textAt(request, "appId") ?? textAt(made, "appId"),
    textAt(request, "name") ?? textAt(made, "name")
  );
}
function touchedApp(id, name4) {
  return id === null && name4 === null ? null : { service: "amplify", id, name: name4 };
}
function isNamed({ id, name: name4 }, { entries, last, outputs }) {
  const named = entries.map(({ app: app2 }) => app2);
  const given = Object.entries(outputs).filter(([output]) => output.startsWith(variable));
  const ids = /* @__PURE__ */ new Set([...last.map(({ appId }) => appId), ...given.map(([, value]) => value)]);
  if (typeof id === "string" && (named.includes(id) || ids.has(id))) return true;
  return typeof name4 === "string" ? named.includes(name4) : ids.size < named.length;
}

// shared/targets/app-runner/kind.ts
import * as z6 from "zod/mini";

// shared/targets/app-runner/regions.ts
var appRunnerRegions = [
  "ap-northeast-1",
  "ap-south-1",
  "ap-southeast-1",
  "ap-southeast-2",
  "eu-central-1",
  "eu-west-1",
  "eu-west-2",
  "eu-west-3",
  "us-east-1",
  "us-east-2",
  "us-west-2"
];

// shared/targets/new-grant.ts
function newlyPassed(service, role, to) {
  return {
    facts: { service, role, to },
    action: "iam:PassRole",
    resource: role,
    context: { "iam:PassedToService": [to] },
    reason: `${service} runs with ${role} now`
  };
}

// shared/targets/app-runner/statements.ts
var deploy = {
  name: "Deploy",
  actions: ["apprunner:StartDeployment", "apprunner:DescribeService"]
};
var watch = { name: "Watch", actions: ["apprunner:ListOperations"] };
var update = { name: "Update", actions: ["apprunner:UpdateService"] };
var byWord = { deploy, watch, update };
function serviceGrants(target4) {
  return target4.may.map((word) => ({ permission: byWord[word], resource: literal(target4.arn) }));
}
var permissions2 = {
  prefix: "AppRunner",
  sid: "AppRunnerDeploy",
  permissions: [deploy, watch, update],
  guide: [deploy]
};
var passes = [
  {
    kind: "instance",
    sid: "AppRunnerPassInstanceRole",
    to: ["tasks.apprunner.amazonaws.com", "apprunner.amazonaws.com"]
  },
  {
    kind: "access",
    sid: "AppRunnerPassAccessRole",
    to: ["build.apprunner.amazonaws.com", "apprunner.amazonaws.com"]
  }
];
function serviceStatements(services2) {
  return [
    ...statementsOfGrants(permissions2, services2.flatMap(serviceGrants)),
    ...passes.flatMap(({ kind, sid, to }) => {
      const roles = services2.flatMap((service) => service.passes[kind]);
      return passRoleStatements(sid, roles, to);
    })
  ];
}

// shared/targets/app-runner/resolve.ts
var pass = "iam:PassRole";
var noRoles = { instance: [], access: [] };
function resolveService(entry, found, memory) {
  const { service, may } = entry;
  const arn = foundArn(service, found);
  if (arn === void 0) return gone2(entry, found, memory);
  if (!may.includes("update")) {
    return { found: [{ service, arn, may, passes: noRoles }], missing: [] };
  }
  const roles = rolesOf(service, found);
  if (roles.kind === "found") {
    return { found: [{ service, arn, may, passes: roles.value }], missing: [] };
  }
  const kept = keptRoles(service, false, memory);
  const anyKept = Object.values(kept).some((each) => each.length > 0);
  return {
    found: [{ service, arn, may, passes: kept }],
    missing: [missingRoles(service, roles, anyKept)]
  };
}
function namedService({ service, may }, found, { place, idOf }) {
  const id = idOf(service);
  const arn = foundArn(service, found) ?? `${arnsOf(service, place)}${id}`;
  const roles = found.roles.get(service);
  const own = [iamArn(place.account, `role/named-${id}`)];
  const used = roles?.kind === "found" ? roles.value : { instance: own, access: own };
  return { service, arn, may, passes: may.includes("update") ? used : noRoles };
}
function foundArn(service, { services: services2 }) {
  return services2.kind === "found" ? services2.value.get(service) : void 0;
}
function arnsOf(service, place) {
  return arnIn(place, "apprunner", `service/${service}/`);
}
function rolesOf(service, { roles }) {
  return roles.get(service) ?? { kind: "absent" };
}
function missingRoles(service, roles, kept) {
  return { ...absenceIn(roles), name: `${service} (its roles)`, kept };
}
function gone2({ service, may }, { services: services2 }, memory) {
  const absence = absenceIn(services2);
  const keep = (arn) => {
    if (!hasRest(arn, arnsOf(service, memory.place), /^[0-9a-f]{32}$/)) return [];
    const words = may.filter(
      (word) => isInForce(memory.grants, serviceGrants({ arn, may: [word] }))
    );
    if (words.length === 0) return [];
    const isReadable = absence.why !== "unreadable";
    const roles = words.includes("update") ? keptRoles(service, isReadable, memory) : noRoles;
    return [{ service, arn, may: words, passes: roles }];
  };
  const last = rememberedOf2(service, memory).flatMap(({ arn }) => keep(arn));
  const standing = absence.why === "unreadable" ? memory.grants : [];
  const kept = last.length > 0 ? last : [...new Set(standing.map(({ resource }) => resource))].flatMap(keep);
  return { found: kept, missing: [{ ...absence, name: service, kept: kept.length > 0 }] };
}
function rememberedOf2(service, { last }) {
  return last.filter((before) => before.service === service);
}
function passedBefore(service, memory) {
  return rememberedOf2(service, memory).flatMap(
    ({ may, passes: passed }) => may.includes("update") ? [passed] : []
  );
}
function keptRoles(service, isReadable, memory) {
  const before = passedBefore(service, memory);
  const last = (kind) => {
    if (before.length > 0 || isReadable) return before.flatMap((passed) => passed[kind]);
    const sid = passes.find((each) => each.kind === kind)?.sid;
    return memory.grants.flatMap((grant) => grant.sid === sid ? [grant.resource] : []);
  };
  const inForce2 = (kind) => [...new Set(last(kind))].filter(
    (role) => isRoleIn(memory.place.account, role) && isGranted(memory.grants, role, pass)
  );
  return { instance: inForce2("instance"), access: inForce2("access") };
}
function newlyPassedBy({ service, may }, found, memory) {
  const arn = foundArn(service, found);
  const roles = rolesOf(service, found);
  if (!may.includes("update") || arn === void 0 || roles.kind !== "found") return [];
  const before = passedBefore(service, memory);
  const isUpdatable = isInForce(memory.grants, serviceGrants({ arn, may: ["update"] }));
  if (before.length === 0 && !isUpdatable) return [];
  return passes.flatMap(
    ({ kind, to }) => roles.value[kind].filter(
      (role) => before.length > 0 ? !before.some((passed) => passed[kind].includes(role)) : !isGranted(memory.grants, role, pass)
    ).map((role) => newlyPassed(service, role, to[0]))
  );
}

// shared/targets/app-runner/schema.ts
import * as z5 from "zod/mini";
var serviceMay = ["deploy", "watch", "update"];
var serviceRule = {
  pattern: /^[A-Za-z0-9][A-Za-z0-9_-]{3,39}$/,
  lengthMax: 40,
  allowed: "the name of an App Runner service, 4 to 40 of A-Z a-z 0-9 - _",
  mistakes: [
    { when: (text2) => text2.startsWith("arn:"), says: "is an ARN; write the service's name alone" }
  ]
};
var name2 = text(serviceRule, {
  about: "Name of an App Runner service.",
  example: "demo-backend"
});
var entrySchema2 = noted(
  z5.union([
    name2,
    z5.strictObject({
      service: name2,
      may: z5._default(
        mayList(serviceMay, {
          about: "`deploy`: the guide's permissions; `watch`: `apprunner:ListOperations` on the service, to follow a deployment; `update`: `apprunner:UpdateService` on the service and `iam:PassRole` on exactly the roles that it uses.",
          example: "[deploy, watch]"
        }),
        ["deploy"]
      )
    })
  ]),
  {
    about: "A service by its name, or with what jobs may do to it.",
    allowed: `${serviceRule.allowed}, or a mapping with service and, optionally, may`,
    example: "demo-backend"
  }
);
var list2 = noted(z5.array(entrySchema2), {
  about: "App Runner services that jobs may deploy.",
  allowed: `a list of names of App Runner services, or of mappings with service and may, in a Region that has App Runner (${appRunnerRegions.join(", ")})`,
  example: "[demo-backend]"
}).check((context) => {
  const read = context.value.map(
    (entry) => typeof entry === "string" ? { name: entry, meaning: serviceMay[0], at: [] } : { name: entry.service, meaning: entry.may.join(), at: ["service"] }
  );
  context.issues.push(...listedTwice(read, wordsBelong));
});
var services = z5.pipe(
  z5._default(list2, []),
  z5.transform((entries) => onceEach(entries.map(target2), ({ service }) => service))
);
function target2(entry) {
  return typeof entry === "string" ? { service: entry, may: [serviceMay[0]] } : entry;
}
function servicesWritten(entries) {
  return entries.map((entry) => isPlain(serviceMay, entry.may) ? entry.service : entry);
}

// shared/targets/app-runner/kind.ts
var variable2 = "AWS_APP_RUNNER_SERVICE_ARN";
var appRunner = {
  noun: "App Runner service",
  schema: services,
  written: servicesWritten,
  regions: {
    names: appRunnerRegions,
    service: "App Runner",
    allowed: `App Runner services in one of ${appRunnerRegions.join(", ")}, or ecsExpress in any Region`
  },
  memory: z6.object({
    service: z6.string(),
    arn: z6.string(),
    // The release before `may` kept none of the words, and no job passed a role.
    may: z6._default(z6.array(z6.enum(serviceMay)), ["deploy"]),
    passes: z6._default(z6.object({ instance: z6.array(z6.string()), access: z6.array(z6.string()) }), {
      instance: [],
      access: []
    })
  }),
  writtenWhenEmpty: true,
  ask: (documents) => ({
    services: [
      ...new Set(documents.flatMap(({ entries }) => entries.map(({ service }) => service)))
    ],
    updated: updatedIn(documents)
  }),
  unseen: (reading) => ({ services: reading, roles: /* @__PURE__ */ new Map() }),
  resolve: (entries, found, memory) => ({
    ...collect(entries.map((entry) => resolveService(entry, found, memory))),
    granted: entries.flatMap((entry) => newlyPassedBy(entry, found, memory))
  }),
  named: (entries, found, unknown) => entries.map((entry) => namedService(entry, found, unknown)),
  statements: serviceStatements,
  parts: (targets) => onePart(targets.length, serviceStatements(targets)),
  outputs: (_, targets) => [
    { variable: variable2, values: targets.map(({ service, arn }) => [service, arn]) }
  ],
  events: {
    service: "apprunner",
    calls: ["CreateService", "DeleteService"],
    detailTypes: ["AppRunner Service Status Change", "AppRunner Service Operation Status Change"],
    ofCall: serviceOfCall,
    ofEvent: (event) => {
      const [arn = null] = textsAt(event, "resources");
      return touchedService(textAt(fieldsAt(event, "detail"), "serviceName"), arn);
    },
    says: ({ name: name4 }) => `App Runner service ${name4}`,
    names: ({ name: name4 }, { entries }) => entries.some(({ service }) => service === name4)
  }
};
function updatedIn(documents) {
  const all = documents.flatMap(
    ({ entries, last, outputs }) => entries.filter(({ may }) => may.includes("update")).map(({ service }) => ({
      service,
      likelyArn: last.find((before) => before.service === service)?.arn ?? lastOutput(outputs, variable2, service)
    }))
  );
  return all.filter(
    ({ service }, index) => all.findIndex((other) => other.service === service) === index
  );
}
function serviceOfCall(record5) {
  const request = fieldsAt(record5, "requestParameters");
  const made = fieldsAt(fieldsAt(record5, "responseElements"), "service");
  return touchedService(
    textAt(request, "serviceName") ?? textAt(made, "serviceName"),
    textAt(request, "serviceArn") ?? textAt(made, "serviceArn")
  );
}
function touchedService(name4, arn) {
  const found = name4 ?? /:service\/([^/]+)(\/[^/]+)?$/.exec(arn ?? "")?.[1] ?? null;
  return found === null ? null : { service: "apprunner", name: found };
}

// shared/targets/ecr/kind.ts
import * as z8 from "zod/mini";

// shared/aws/account.ts
var dnsSuffixes = {
  "aws-cn": "amazonaws.com.cn",
  "aws-eusc": "amazonaws.eu",
  "aws-iso": "c2s.ic.gov",
  "aws-iso-b": "sc2s.sgov.gov",
  "aws-iso-e": "cloud.adc-e.uk",
  "aws-iso-f": "csp.hci.ic.gov"
};
function dnsSuffixOf(partition) {
  return dnsSuffixes[partition] ?? "amazonaws.com";
}

// shared/targets/ecr/statements.ts
var push = {
  name: "Push",
  actions: [
    "ecr:BatchCheckLayerAvailability",
    "ecr:GetDownloadUrlForLayer",
    "ecr:BatchGetImage",
    "ecr:PutImage",
    "ecr:InitiateLayerUpload",
    "ecr:UploadLayerPart",
    "ecr:CompleteLayerUpload"
  ]
};
var readImages = {
  name: "ReadImages",
  actions: ["ecr:DescribeImages", "ecr:ListImages"]
};
var byWord2 = { push, "read-images": readImages };
function repositoryGrants(target4) {
  return target4.may.map((word) => ({ permission: byWord2[word], resource: literal(target4.arn) }));
}
var permissions3 = {
  prefix: "ECR",
  sid: "ECRPushImages",
  permissions: [push, readImages],
  guide: [push]
};
function repositoryStatements(repositories2) {
  const pushes = repositories2.some(({ may }) => may.includes("push"));
  return [
    ...pushes ? [registryLogin] : [],
    ...statementsOfGrants(permissions3, repositories2.flatMap(repositoryGrants))
  ];
}
var registryLogin = {
  Sid: "ECRAuthToken",
  Effect: "Allow",
  Action: "ecr:GetAuthorizationToken",
  Resource: "*"
};

// shared/targets/ecr/resolve.ts
function resolveRepository({ repository, may }, found, { place, last, grants }) {
  const shown = shownArn(found, repository);
  if (shown !== void 0) return { found: [{ repository, arn: shown, may }], missing: [] };
  const absence = absenceIn(found);
  const arn = repositoryArn(place, repository);
  const isRemembered = last.some(
    (before) => before.repository === repository && before.arn === arn
  );
  const words = isRemembered || absence.why === "unreadable" ? may.filter((word) => isInForce(grants, repositoryGrants({ arn, may: [word] }))) : [];
  const kept = words.length > 0;
  return {
    found: kept ? [{ repository, arn, may: words }] : [],
    missing: [{ ...absence, name: repository, kept }]
  };
}
function namedRepository({ repository, may }, found, { place }) {
  const arn = shownArn(found, repository) ?? repositoryArn(place, repository);
  return { repository, arn, may };
}
function shownArn(found, name4) {
  return found.kind === "found" ? found.value.get(name4) : void 0;
}
function repositoryArn(place, name4) {
  return arnIn(place, "ecr", `repository/${name4}`);
}

// shared/targets/ecr/schema.ts
import * as z7 from "zod/mini";
var repositoryMay = ["push", "read-images"];
var repositoryRule = {
  pattern: /^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*$/,
  lengthMin: 2,
  lengthMax: 256,
  allowed: "the name of an ECR repository, 2 to 256 of a-z 0-9 with . _ - / between them",
  mistakes: [
    {
      when: (text2) => /^[0-9]{12}\.dkr\.ecr\./.test(text2) || text2.startsWith("arn:"),
      says: "is an address or an ARN; write the repository's name alone"
    },
    { when: (text2) => /[A-Z]/.test(text2), says: "holds a capital letter, which ECR does not take" }
  ]
};
var name3 = text(repositoryRule, {
  about: "Name of an ECR repository.",
  example: "demo-backend"
});
var entrySchema3 = noted(
  z7.union([
    name3,
    z7.strictObject({
      repository: name3,
      may: z7._default(
        mayList(repositoryMay, {
          about: "`push`: the guide's permissions; `read-images`: `ecr:DescribeImages` and `ecr:ListImages` on the repository.",
          example: "[push, read-images]"
        }),
        ["push"]
      )
    })
  ]),
  {
    about: "A repository by its name, or with what jobs may do to it.",
    allowed: `${repositoryRule.allowed}, or a mapping with repository and, optionally, may`,
    example: "demo-backend"
  }
);
var list3 = noted(z7.array(entrySchema3), {
  about: "Repositories that jobs may push to.",
  allowed: "a list of names of ECR repositories, or of mappings with repository and may",
  example: "[demo-backend]"
}).check((context) => {
  const read = context.value.map(
    (entry) => typeof entry === "string" ? { name: entry, meaning: repositoryMay[0], at: [] } : { name: entry.repository, meaning: entry.may.join(), at: ["repository"] }
  );
  context.issues.push(...listedTwice(read, wordsBelong));
});
var repositories = z7.pipe(
  z7._default(list3, []),
  z7.transform((entries) => onceEach(entries.map(target3), ({ repository }) => repository))
);
function target3(entry) {
  return typeof entry === "string" ? { repository: entry, may: [repositoryMay[0]] } : entry;
}
function repositoriesWritten(entries) {
  return entries.map((entry) => isPlain(repositoryMay, entry.may) ? entry.repository : entry);
}

// shared/targets/ecr/kind.ts
var ecr = {
  noun: "ECR repository",
  schema: repositories,
  written: repositoriesWritten,
  regions: null,
  memory: z8.object({
    repository: z8.string(),
    arn: z8.string(),
    // The release before `may` kept none of the words.
    may: z8._default(z8.array(z8.enum(repositoryMay)), ["push"])
  }),
  writtenWhenEmpty: true,
  ask: (documents) => [
    ...new Set(documents.flatMap(({ entries }) => entries.map(({ repository }) => repository)))
  ],
  unseen: (reading) => reading,
  resolve: (entries, found, memory) => ({
    ...collect(entries.map((entry) => resolveRepository(entry, found, memory))),
    granted: []
  }),
  named: (entries, found, unknown) => entries.map((entry) => namedRepository(entry, found, unknown)),
  statements: repositoryStatements,
  parts: (targets) => onePart(targets.length, repositoryStatements(targets)),
  outputs: (entries, _, { account, region }) => {
    if (entries.length === 0) return [];
    const registry2 = `${account.id}.dkr.ecr.${region}.${dnsSuffixOf(account.partition)}`;
    return [{ variable: "AWS_ECR_REGISTRY", values: [["registry", registry2]] }];
  },
  events: {
    service: "ecr",
    calls: ["CreateRepository", "DeleteRepository"],
    // ECR's own events report images, which change no target.
    detailTypes: [],
    ofCall: repositoryOfCall,
    ofEvent: () => null,
    says: ({ repository }) => `ECR repository ${repository}`,
    names: (touched, { entries }) => entries.some(({ repository }) => repository === touched["repository"])
  }
};
function repositoryOfCall(record5) {
  const made = fieldsAt(fieldsAt(record5, "responseElements"), "repository");
  const repository = textAt(fieldsAt(record5, "requestParameters"), "repositoryName") ?? textAt(made, "repositoryName");
  return repository === null ? null : { service: "ecr", repository };
}

// shared/targets/ecs-resolve.ts
import * as z9 from "zod/mini";

// shared/targets/ecs-service.ts
var defaultCluster = "default";
var ecsServiceRule = {
  pattern: /^([A-Za-z0-9_-]{1,255}\/)?[A-Za-z0-9_-]{1,255}$/,
  lengthMax: 511,
  allowed: "SERVICE (in the cluster named default) or CLUSTER/SERVICE, each of A-Z a-z 0-9 - _",
  mistakes: [{ when: (text2) => text2.startsWith("arn:"), says: "is an ARN; write CLUSTER/SERVICE" }]
};
function ecsServiceIn(text2) {
  const [first = "", second] = text2.split("/");
  return second === void 0 ? { cluster: defaultCluster, service: first } : { cluster: first, service: second };
}
function ecsServiceName({ cluster, service }) {
  return `${cluster}/${service}`;
}
function ecsServiceArn(place, service) {
  return arnIn(place, "ecs", `service/${ecsServiceName(service)}`);
}
function ecsServiceOfCall(record5) {
  const request = fieldsAt(record5, "requestParameters");
  const made = fieldsAt(fieldsAt(record5, "responseElements"), "service");
  const cluster = textAt(request, "cluster") ?? textAt(made, "clusterArn", "cluster");
  const named = textAt(request, "serviceArn", "service", "serviceName") ?? textAt(made, "serviceArn", "serviceName");
  return touchedService2(named, cluster);
}
function ecsServiceOfEvent(event) {
  const [arn = null] = textsAt(event, "resources");
  return touchedService2(arn, null);
}
function touchedService2(service, cluster) {
  if (service === null) return null;
  const parts = service.slice(service.lastIndexOf(":") + 1).split("/");
  const name4 = parts.at(-1) ?? "";
  if (name4 === "") return null;
  const within = parts.length === 3 ? parts[1] : cluster?.slice(cluster.lastIndexOf("/") + 1);
  return { service: "ecs", cluster: within || defaultCluster, name: name4 };
}
function ecsServiceSays({ cluster, name: name4 }) {
  return `ECS service ${cluster}/${name4}`;
}
function isOneOf(services2, { cluster, name: name4 }) {
  return services2.some((each) => each.cluster === cluster && each.service === name4);
}
function servicesOnce(documents) {
  const all = documents.flatMap(({ entries }) => entries);
  return [...new Map(all.map((entry) => [ecsServiceName(entry), entry])).values()];
}

// shared/targets/ecs-resolve.ts
var ecsServiceMemory = z9.object({
  cluster: z9.string(),
  service: z9.string(),
  arn: z9.string(),
  taskFamilyArn: z9.string(),
  passRoles: z9.array(z9.string())
});
var register = "ecs:RegisterTaskDefinition";
var pass2 = "iam:PassRole";
function resolveEcsService(entry, shown, memory, sids) {
  if (shown.kind === "found") return { found: [shown.value], missing: [] };
  const { absence } = shown;
  const last = rememberedOf3(entry, memory);
  const isKnown = last.length > 0 || absence.why !== "unreadable";
  const kept = isKnown ? last : standingOf(entry, memory, sids);
  const missing = { ...absence, name: ecsServiceName(entry), kept: kept.length > 0 };
  return { found: kept, missing: [missing] };
}
function namedEcsService(entry, shown, { place, idOf }) {
  if (shown.kind === "found") return shown.value;
  const own = `named-${idOf(ecsServiceName(entry))}`;
  return {
    ...entry,
    arn: ecsServiceArn(place, entry),
    taskFamilyArn: `${taskDefinitions(place)}${own}:*`,
    passRoles: [iamArn(place.account, `role/${own}`)]
  };
}
function rememberedOf3(entry, memory) {
  const arn = ecsServiceArn(memory.place, entry);
  if (!isGranted(memory.grants, arn, "ecs:")) return [];
  return lastOf(entry, memory).filter(({ taskFamilyArn }) => isFamilyInForce(taskFamilyArn, memory)).map(({ taskFamilyArn, passRoles }) => ({
    cluster: entry.cluster,
    service: entry.service,
    arn,
    taskFamilyArn,
    passRoles: passRoles.filter((role) => isRoleInForce(role, memory))
  }));
}
function lastOf(entry, { last, place }) {
  const arn = ecsServiceArn(place, entry);
  return last.filter(
    (before) => before.cluster === entry.cluster && before.service === entry.service && before.arn === arn
  );
}
function standingOf({ cluster, service }, memory, sids) {
  const arn = ecsServiceArn(memory.place, { cluster, service });
  if (!isGranted(memory.grants, arn, "ecs:")) return [];
  const under = (wanted) => new Set(memory.grants.flatMap(({ sid, resource }) => sid === wanted ? [resource] : []));
  const passRoles = [...under(sids.passRole)].filter((role) => isRoleInForce(role, memory));
  return [...under(sids.taskDefinition)].filter((family) => isFamilyInForce(family, memory)).map((taskFamilyArn) => ({ cluster, service, arn, taskFamilyArn, passRoles }));
}
function taskDefinitions(place) {
  return arnIn(place, "ecs", "task-definition/");
}
function isFamilyInForce(arn, { place, grants }) {
  const isFamily = hasRest(arn, taskDefinitions(place), /^[A-Za-z0-9_-]{1,255}:\*$/);
  return isFamily && isGranted(grants, arn, register);
}
function isRoleInForce(arn, { place, grants }) {
  return isRoleIn(place.account, arn) && isGranted(grants, arn, pass2);
}
function newOfService(entry, shown, memory) {
  const { grants, place } = memory;
  const before = lastOf(entry, memory);
  const isNew = before.length === 0 && !isGranted(grants, ecsServiceArn(place, entry), "ecs:");
  if (shown.kind !== "found" || isNew) return { families: [], roles: [] };
  const { taskFamilyArn, passRoles } = shown.value;
  const isUnknown = (had, resource, action) => before.length > 0 ? !had.includes(resource) : !isGranted(grants, resource, action);
  const hadFamilies = before.map((each) => each.taskFamilyArn);
  const hadRoles = before.flatMap((each) => each.passRoles);
  return {
    families: [taskFamilyArn].filter((family) => isUnknown(hadFamilies, family, register)),
    roles: passRoles.filter((role) => isUnknown(hadRoles, role, pass2))
  };
}

// shared/targets/ecs-express/resolve.ts
function shownExpress(entry, found) {
  const reading = found.get(ecsServiceName(entry)) ?? { kind: "absent" };
  return reading.kind === "found" ? reading : { kind: "missing", absence: absenceIn(reading) };
}

// shared/targets/ecs-express/schema.ts
import * as z10 from "zod/mini";
var list4 = distinctList(
  text(ecsServiceRule, {
    about: "Name of an ECS Express service, with its cluster where that is not `default`.",
    example: "web/demo-backend"
  }),
  {
    about: "ECS Express services that jobs may deploy.",
    allowed: "a list of SERVICE or CLUSTER/SERVICE",
    example: "[demo-backend, web/demo-api]"
  }
);
var expressServices = z10.pipe(
  z10._default(list4, []),
  z10.transform((entries) => entries.map(ecsServiceIn))
);

// shared/targets/ecs-express/statements.ts
var expressSids = {
  taskDefinition: "ECSExpressTaskDefinition",
  passRole: "ECSExpressPassRole"
};
function expressStatements(services2) {
  if (services2.length === 0) return [];
  const roles = services2.flatMap(({ passRoles }) => passRoles);
  return [
    {
      Sid: "ECSExpressDeploy",
      Effect: "Allow",
      Action: [
        "ecs:UpdateExpressGatewayService",
        "ecs:DescribeExpressGatewayService",
        "ecs:DescribeServices",
        "ecs:ListServiceDeployments"
      ],
      Resource: oneOrMore(services2.map(({ arn }) => literal(arn)))
    },
    {
      Sid: "ECSExpressDeploymentStatus",
      Effect: "Allow",
      Action: "ecs:DescribeServiceDeployments",
      Resource: oneOrMore(services2.map(({ arn }) => deploymentsOf(arn)))
    },
    {
      Sid: expressSids.taskDefinition,
      Effect: "Allow",
      Action: "ecs:RegisterTaskDefinition",
      Resource: oneOrMore(services2.map(({ taskFamilyArn }) => taskFamilyArn))
    },
    ...passRoleStatements(expressSids.passRole, roles, passedTo)
  ];
}
function deploymentsOf(serviceArn) {
  return `${literal(serviceArn).replace(":service/", ":service-deployment/")}/*`;
}
var passedTo = ["ecs-tasks.amazonaws.com", "ecs.amazonaws.com"];

// shared/targets/ecs-express/kind.ts
var ecsExpress = {
  noun: "ECS Express service",
  schema: expressServices,
  written: (entries) => entries.map(ecsServiceName),
  regions: null,
  memory: ecsServiceMemory,
  writtenWhenEmpty: true,
  ask: servicesOnce,
  unseen: () => /* @__PURE__ */ new Map(),
  resolve: (entries, found, memory) => {
    const shown = entries.map((entry) => [entry, shownExpress(entry, found)]);
    return {
      ...collect(
        shown.map(([entry, service]) => resolveEcsService(entry, service, memory, expressSids))
      ),
      granted: shown.flatMap(
        ([entry, service]) => newOfService(entry, service, memory).roles.map(
          (role) => newlyPassed(ecsServiceName(entry), role, "ecs-tasks.amazonaws.com")
        )
      )
    };
  },
  named: (entries, found, unknown) => entries.map((entry) => namedEcsService(entry, shownExpress(entry, found), unknown)),
  statements: expressStatements,
  parts: (targets) => onePart(targets.length, expressStatements(targets)),
  outputs: (_, targets) => [
    {
      variable: "AWS_ECS_SERVICE_ARN",
      values: targets.map(({ service, arn }) => [service, arn])
    }
  ],
  events: {
    service: "ecs",
    // An update may bring other roles, and the deploy policy passes exactly the roles in use.
    calls: [
      "CreateExpressGatewayService",
      "UpdateExpressGatewayService",
      "DeleteExpressGatewayService",
      "CreateService",
      "DeleteService"
    ],
    detailTypes: ["ECS Deployment State Change"],
    ofCall: ecsServiceOfCall,
    ofEvent: ecsServiceOfEvent,
    says: ecsServiceSays,
    names: (touched, { entries }) => isOneOf(entries, touched)
  }
};

// shared/targets/kinds.ts
var kinds = { ecr, appRunner, ecsExpress, amplify };

// shared/targets/by-kind.ts
var targetKinds = kinds;
var kindNames = Object.keys(kinds).filter(
  (name4) => name4 in kinds
);
function byKind(make) {
  return whole(Object.fromEntries(kindNames.map((name4) => [name4, make(name4)])));
}
function whole(made) {
  if (!isWhole(made)) throw new Error("a kind of deploy target was left out");
  return made;
}
function isWhole(made) {
  return kindNames.every((name4) => name4 in made);
}

// shared/targets/index.ts
var noTargets = { region: "", ...byKind(() => []) };
var resolvedTargetsSchema = z11.object(
  byKind((name4) => {
    const list5 = z11.readonly(z11.array(targetKinds[name4].memory));
    return targetKinds[name4].writtenWhenEmpty ? list5 : z11._default(list5, []);
  })
);

// shared/document/odd-character.ts
var oddKinds = [
  {
    pattern: /[\u00ab\u00bb\u2018-\u201f\u2032-\u2037\u2039\u203a\u300c-\u300f\u301d-\u301f\uff02\uff07]/u,
    name: "a typographic quotation mark",
    instead: `write " or '`
  },
  { pattern: /[\u00a0\u202f\u2007]/u, name: "a no-break space", instead: "write a plain space" },
  { pattern: new RegExp("(?! )\\p{Zs}", "u"), name: "an unusual space", instead: "write a plain space" },
  { pattern: /[\p{Zl}\p{Zp}\u0085]/u, name: "an unusual line break", instead: "write a plain one" },
  {
    pattern: /[\u00ad\u2010-\u2015\u2212\ufe58\ufe63\uff0d]/u,
    name: "a typographic hyphen or dash",
    instead: "write -"
  },
  { pattern: new RegExp("\\p{Cf}", "u"), name: "an invisible character", instead: "take it out" },
  { pattern: new RegExp("(?![\\t\\n\\r])\\p{Cc}", "u"), name: "a control character", instead: "take it out" },
  {
    pattern: /[\uff01-\uff5e]/u,
    name: "a full-width character",
    instead: "write the plain one"
  },
  {
    pattern: new RegExp("(?!\\p{Script=Latin})\\p{L}", "u"),
    beside: /[A-Za-z]/,
    name: "a letter of another script, which may look like a Latin one",
    instead: "write the Latin one"
  }
];

// shared/document/schema.ts
import * as z15 from "zod/mini";

// shared/document/deploy-schema.ts
import * as z12 from "zod/mini";

// shared/document/grammar.ts
var uuidRule = {
  pattern: /^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$/,
  lengthMax: 36,
  allowed: "a UUID such as 11111111-2222-4333-8444-555555555555 (upper case is turned into lower case, as CircleCI writes it)"
};
var audienceRule = {
  pattern: /^[!-#%-)+->@-~]{1,255}$/,
  lengthMax: 255,
  allowed: "1 to 255 ASCII characters without spaces and without * ? $",
  mistakes: [
    { when: (text2) => /[*?$]/.test(text2), says: "holds *, ? or $: an audience is compared whole" }
  ]
};
var thumbprintRule = {
  pattern: /^[0-9a-fA-F]{40}$/,
  lengthMax: 40,
  allowed: "40 hexadecimal digits"
};
var refRule = {
  pattern: /^refs\/(heads|tags)\/([!-#%-)+-9;->@-Z\]_-}\u00a1-\u00ff]+\*?|\*)$/,
  lengthMax: 255,
  allowed: "a full ref under refs/heads/ or refs/tags/, such as refs/heads/main or refs/tags/v*",
  mistakes: [
    {
      when: (text2) => !/^refs\/(heads|tags)\//.test(text2),
      says: "does not begin with refs/heads/ or refs/tags/"
    },
    { when: (text2) => /\*./.test(text2), says: "has a * that is not its last character" },
    { when: (text2) => /[?$]/.test(text2), says: "holds ? or $" },
    beyondLatin1,
    spaceOrControl,
    {
      when: (text2) => /\/(vcs-ref|vcs-origin)\//.test(text2),
      says: "holds the word vcs-ref or vcs-origin as a path segment, so that a token's subject could be read in two ways"
    },
    { when: (text2) => !isGitRef(text2), says: "is no name that git takes" }
  ]
};
function isGitRef(text2) {
  const open = text2.endsWith("*");
  const name4 = open ? text2.slice(0, -1) : text2;
  if (/[~^:?*[\\]|\.\.|\/\/|@\{/.test(name4)) return false;
  if (name4.split("/").some((part) => part.startsWith("."))) return false;
  if (name4.split("/").slice(0, -1).some((part) => part.endsWith(".lock")))
    return false;
  return open || !/(\/|\.|\.lock)$/.test(name4);
}
var roleNameRule = {
  pattern: /^[A-Za-z0-9_+=,.@-]{1,64}$/,
  lengthMax: 64,
  allowed: "1 to 64 of A-Z a-z 0-9 _ + = , . @ -"
};
var policyNameRule = {
  pattern: /^[A-Za-z0-9_+=,.@-]{1,128}$/,
  lengthMax: 128,
  allowed: "1 to 128 of A-Z a-z 0-9 _ + = , . @ -"
};
var rolePathRule = {
  pattern: /^(\/|\/[!-~]+\/)$/,
  lengthMax: 512,
  allowed: "/ or a path that begins and ends with /, such as /ci/, of ASCII without spaces, at most 512",
  mistakes: [
    {
      when: (text2) => /^\/aws-(service-role|reserved)\//.test(text2),
      says: "is a path that AWS keeps to itself"
    }
  ]
};
var policyArnRule = {
  pattern: /^arn:aws[a-z-]*:iam::([0-9]{12}|aws):policy\/([!-~]+\/)?[A-Za-z0-9_+=,.@-]{1,128}$/,
  lengthMax: 2048,
  allowed: "the ARN of a managed policy, such as arn:aws:iam::123456789012:policy/ci-boundary"
};
var tagKeyRule = {
  pattern: /^[\p{L}\p{Z}\p{N}_.:/=+@-]{1,128}$/u,
  lengthMax: 128,
  allowed: "1 to 128 letters, digits, spaces and _ . : / = + - @, not beginning with aws: or oidc-reconciler:",
  mistakes: [
    { when: (text2) => /^aws:/i.test(text2), says: "begins with aws:, which belongs to AWS" },
    {
      when: (text2) => /^oidc-reconciler:/i.test(text2),
      says: "begins with oidc-reconciler:, which the reconciler writes itself"
    }
  ]
};
var tagValueRule = {
  pattern: /^[\p{L}\p{Z}\p{N}_.:/=+@-]{0,256}$/u,
  lengthMin: 0,
  lengthMax: 256,
  allowed: "up to 256 letters, digits, spaces and _ . : / = + - @"
};
var regionRule = {
  pattern: /^[a-z]{2,4}(-[a-z]{2,}){1,3}-[1-9][0-9]?$/,
  lengthMax: 32,
  allowed: "the code of an AWS Region, such as us-east-1"
};

// shared/document/deploy-schema.ts
var deploySchema = noted(
  z12.strictObject({
    region: z12.exactOptional(
      noted(text(regionRule, { about: "", example: "" }), {
        about: "Region of the deploy targets.",
        allowed: regionRule.allowed,
        example: "us-east-1",
        pattern: regionRule.pattern.source,
        defaultText: "the Region that the function runs in"
      })
    ),
    ...byKind((name4) => targetKinds[name4].schema)
  }),
  {
    about: "What jobs may deploy to; `{}` for nothing yet.",
    allowed: `a mapping with ${["region", ...kindNames].join(", ")}, or {}`
  }
);

// shared/document/role-schema.ts
import * as z13 from "zod/mini";
var tagsMax = 47;
var tagsSchema = noted(
  z13.record(z13.string(), text(tagValueRule, { about: "Value of the tag.", example: "platform" })).check((context) => {
    for (const issue of tagIssues(Object.entries(context.value))) {
      context.issues.push({ ...issue, code: "custom", input: context.value, continue: true });
    }
  }),
  {
    about: "Tags of the role, beside the three that the reconciler sets.",
    allowed: `a mapping of at most ${tagsMax} tags; each key ${tagKeyRule.allowed}, each value ${tagValueRule.allowed}`,
    example: "{ team: platform }"
  }
);
function tagIssues(tags) {
  const seen = /* @__PURE__ */ new Set();
  const issues = [];
  for (const [key, value] of tags) {
    const folded = key.toLowerCase();
    const message = tagMistake(key, folded, value, seen.has(folded));
    if (message !== null) issues.push({ path: [key], message });
    seen.add(folded);
  }
  const over = tags.length - tagsMax;
  if (over > 0) issues.push({ path: [], message: `has ${tags.length} tags, ${over} too many` });
  return issues;
}
function tagMistake(key, folded, value, taken) {
  const mistake = mistakeIn(tagKeyRule, key);
  if (mistake !== null) return `has a key that ${mistake}`;
  if (taken) return "has a key that differs from another in case only";
  const claims = folded.replaceAll(/[-_ ]/g, "") === "managedby" && value !== "oidc-reconciler";
  return claims ? "claims the role for another owner than oidc-reconciler" : null;
}
var roleSchema = noted(
  z13.strictObject({
    name: z13._default(
      text(roleNameRule, { about: "Name of the role.", example: "CircleCI-OIDC-Role" }),
      "CircleCI-OIDC-Role"
    ),
    path: z13._default(
      text(rolePathRule, {
        about: "Path of the role; IAM cannot change it later.",
        example: "/ci/"
      }),
      "/"
    ),
    maxSessionSeconds: z13._default(
      noted(z13.int().check(z13.minimum(3600), z13.maximum(43200)), {
        about: "Longest session that a job may ask for, in seconds.",
        allowed: "a whole number from 3600 to 43200",
        example: "3600"
      }),
      3600
    ),
    permissionsBoundary: z13.exactOptional(
      text(policyArnRule, {
        about: "Permissions boundary of the role.",
        example: "arn:aws:iam::123456789012:policy/ci-boundary"
      })
    ),
    tags: z13._default(tagsSchema, {})
  }),
  {
    about: "The role that jobs assume.",
    allowed: "a mapping with name, path, maxSessionSeconds, permissionsBoundary, tags"
  }
);
var policySchema = noted(
  z13.strictObject({
    name: z13._default(
      text(policyNameRule, {
        about: "Name of the managed policy.",
        example: "CircleCI-Deployment-Policy"
      }),
      "CircleCI-Deployment-Policy"
    ),
    readOutputs: z13._default(
      noted(z13.boolean(), {
        about: "Whether jobs may read the environment's outputs, by `ssm:GetParameter` on `PREFIX/outputs/NAME`, so that a target made anew breaks no pipeline.",
        allowed: "true or false",
        example: "true"
      }),
      false
    )
  }),
  {
    about: "The managed policy with the deploy permissions.",
    allowed: "a mapping with name, readOutputs"
  }
);

// shared/document/trust-schema.ts
import * as z14 from "zod/mini";

// shared/document/origin.ts
var slugHosts = /* @__PURE__ */ new Map([
  ["gh", "github.com"],
  ["github", "github.com"],
  ["bb", "bitbucket.org"],
  ["bitbucket", "bitbucket.org"],
  ["gl", "gitlab.com"],
  ["gitlab", "gitlab.com"]
]);
var originRule = {
  // Host, port, and at least an owner and a repository.
  pattern: /^[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+(:[0-9]{1,5})?(\/[A-Za-z0-9_.~-]+){2,}$/,
  lengthMax: 200,
  allowed: "host and path of the repository as CircleCI writes them, such as github.com/acme/shop",
  mistakes: [
    { when: (text2) => /[*?$]/.test(text2), says: "holds a wildcard or $; an origin is named whole" },
    {
      when: (text2) => /^[a-z+]+:\/\//i.test(text2) || /^[^/]*@/.test(text2),
      says: "names a scheme or a user; the claim vcs-origin has neither",
      instead: spellingOf
    },
    {
      when: (text2) => /^circleci\//.test(text2),
      says: "is a project slug of ids; write the host and path of the repository"
    },
    {
      when: (text2) => slugHosts.has(text2.split("/")[0] ?? "") && text2.split("/").length === 3,
      says: "is a project slug, not an origin",
      instead: spellingOf
    },
    {
      when: (text2) => text2.endsWith(".git") || text2.endsWith("/"),
      says: "ends in .git or a slash, which the claim vcs-origin never does",
      instead: spellingOf
    },
    {
      when: (text2) => /\/(vcs-ref|vcs-origin)(\/|$)/.test(text2),
      says: "holds the word vcs-ref or vcs-origin as a path segment, so that a token's subject could be read in two ways"
    },
    {
      when: (text2) => text2.split("/").some((segment) => segment === "." || segment === ".."),
      says: "holds a path segment . or .."
    },
    {
      when: (text2) => !/^[^/]*\./.test(text2),
      says: "does not begin with a host that has a dot",
      instead: spellingOf
    },
    {
      when: (text2) => /^[^/]+(\/[^/]*)?$/.test(text2),
      says: "names no repository below an owner"
    }
  ]
};
function spellingOf(text2) {
  const path = text2.replace(/^[a-z+]+:\/\//i, "").replace(/^[^/@]*@/, "").replace(/^([^/:]+):(?![0-9]+\/)/, "$1/").replace(/\/+$/, "").replace(/\.git$/, "");
  const [first = "", ...rest] = path.split("/");
  const host = slugHosts.get(first);
  if (host !== void 0) return [host, ...rest].join("/");
  return first.includes(".") ? path : `github.com/${path}`;
}

// shared/language/decimal.ts
var decimalGrammar = /^([+-]?)(\d{1,64})(?:\.(\d{1,64}))?$/;
function parseDecimal(text2) {
  const parts = decimalGrammar.exec(text2);
  if (parts === null) return null;
  const fraction = (parts[3] ?? "").replace(/0+$/, "");
  const magnitude = BigInt(`${parts[2] ?? "0"}${fraction}`);
  return { mantissa: parts[1] === "-" ? -magnitude : magnitude, scale: fraction.length };
}
function decimalOf(whole2) {
  return { mantissa: whole2, scale: 0 };
}
function floorDecimal(decimal) {
  const unit = 10n ** BigInt(decimal.scale);
  const quotient = decimal.mantissa / unit;
  return decimal.mantissa % unit < 0n ? quotient - 1n : quotient;
}

// shared/language/instant.ts
var isoGrammar = /^(\d{4})-(\d{2})-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(Z|[+-]\d{2}:\d{2}))?$/;
function parseInstant(text2) {
  if (/^\d{4}$/.test(text2)) return null;
  if (/^\d{1,12}$/.test(text2)) return parseDecimal(text2);
  const parts = isoGrammar.exec(text2);
  if (parts === null) return null;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.slice(1, 7).map((part) => Number(part ?? 0));
  if (!isCalendarDay(year, month, day)) return null;
  if (hour > 23 || minute > 59 || second > 59) return null;
  const midnight = (/* @__PURE__ */ new Date(0)).setUTCFullYear(year, month - 1, day) / 1e3;
  const offset = zoneSeconds(parts[8] ?? "Z");
  if (offset === null) return null;
  const seconds = midnight + hour * 3600 + minute * 60 + second - offset;
  const fraction = parts[7] ?? "";
  if (fraction === "") return decimalOf(BigInt(seconds));
  const scale = fraction.length;
  const mantissa = BigInt(seconds) * 10n ** BigInt(scale) + BigInt(fraction);
  return reduce({ mantissa, scale });
}
function reduce(decimal) {
  let { mantissa, scale } = decimal;
  while (scale > 0 && mantissa % 10n === 0n) {
    mantissa /= 10n;
    scale -= 1;
  }
  return { mantissa, scale };
}
function isCalendarDay(year, month, day) {
  if (month < 1 || month > 12 || day < 1 || year < 1) return false;
  const last = /* @__PURE__ */ new Date(0);
  last.setUTCFullYear(year, month, 0);
  return day <= last.getUTCDate();
}
function zoneSeconds(zone) {
  if (zone === "Z") return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(4, 6));
  if (hours > 14 || minutes > 59) return null;
  return (zone.startsWith("-") ? -1 : 1) * (hours * 3600 + minutes * 60);
}
function instantText(seconds) {
  return new Date(Number(seconds) * 1e3).toISOString().replace(".000Z", "Z");
}

// shared/document/until.ts
var zoned = /^(?!00)\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)$/;
function untilOf(text2) {
  if (!zoned.test(text2)) return null;
  const instant = parseInstant(text2.toUpperCase());
  if (instant === null) return null;
  const utc = instantText(floorDecimal(instant));
  return /^\d{4}-/.test(utc) ? utc : null;
}

// shared/document/trust-schema.ts
var projectSchema = noted(
  z14.strictObject({
    id: text(uuidRule, {
      about: "Id of the CircleCI project (Project Settings, Overview).",
      example: "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"
    }).check(z14.toLowerCase()),
    origin: z14.exactOptional(
      text(originRule, {
        about: "Only jobs of this repository: shuts out builds of forks, which carry the fork's origin, and tokens of version 1, which carry none.",
        example: "github.com/acme/shop"
      })
    ),
    refs: z14.exactOptional(
      noted(
        z14.array(
          text(refRule, {
            about: "A branch or a tag in full; a `*` at the end stands for whatever follows.",
            example: "refs/heads/main"
          })
        ).check(
          z14.minLength(1),
          z14.overwrite((refs) => [...new Set(refs)])
        ),
        {
          about: "Only jobs of these branches and tags; needs `origin`.",
          allowed: "a list of at least one ref beside an origin; leave it out for every ref",
          example: "[refs/heads/main]"
        }
      )
    ),
    until: z14.exactOptional(
      noted(
        z14.string().check(
          (context) => {
            if (untilOf(context.value) !== null) return;
            const message = /^\d{4}-\d{2}-\d{2}$/.test(context.value) ? "is a day without a time and a zone" : "is no instant with a zone";
            context.issues.push({
              code: "custom",
              input: context.value,
              message,
              continue: false
            });
          },
          z14.overwrite((instant) => untilOf(instant) ?? instant)
        ),
        {
          about: "The entry ends by itself at this instant: IAM enforces it, whether or not the reconciler runs.",
          allowed: "an ISO 8601 instant with a zone, such as 2026-12-31T00:00:00Z",
          example: "2026-12-31T00:00:00Z",
          pattern: "^\\d{4}-\\d{2}-\\d{2}[Tt]\\d{2}:\\d{2}:\\d{2}(\\.\\d{1,9})?([Zz]|[+-]\\d{2}:\\d{2})$"
        }
      )
    )
  }).check((context) => {
    if (context.value.refs === void 0 || context.value.origin !== void 0) return;
    context.issues.push({
      code: "custom",
      input: context.value,
      path: ["refs"],
      message: "is given without an origin, and any fork has a branch of that name",
      params: { code: "contradiction" }
    });
  }),
  {
    about: "One project whose jobs may assume the role.",
    allowed: "a mapping with id, and optionally origin, refs and until"
  }
);
var circleciSchema = noted(
  z14.strictObject({
    organizationId: text(uuidRule, {
      about: "Id of the CircleCI organisation (Organization Settings, Overview).",
      example: "11111111-2222-4333-8444-555555555555"
    }).check(z14.toLowerCase()),
    audiences: z14._default(
      distinctList(
        text(audienceRule, {
          about: "An audience that jobs ask for with `circleci run oidc get --claims`.",
          example: "sts.amazonaws.com"
        }),
        {
          about: "Further audiences of the provider and the trust policy; the organisation id is always one.",
          allowed: "a list of at most 99 audiences (a provider holds 100)",
          example: "[sts.amazonaws.com]"
        },
        99
      ),
      []
    ),
    thumbprints: z14._default(
      distinctList(
        text(thumbprintRule, {
          about: "SHA-1 fingerprint of a certificate.",
          example: "9e99a48a9960b14926bb7f3b02e22da2b0ab7280"
        }).check(z14.toLowerCase()),
        {
          about: "Certificates to pin in the provider; empty leaves IAM's own list alone.",
          allowed: "a list of at most 5 thumbprints",
          example: "[9e99a48a9960b14926bb7f3b02e22da2b0ab7280]"
        },
        5
      ),
      []
    )
  }),
  {
    about: "The CircleCI organisation whose tokens count.",
    allowed: "a mapping with organizationId, audiences, thumbprints"
  }
);
var trustSchema = noted(
  z14.strictObject({
    projects: noted(z14.union([z14.literal("all"), z14.array(projectSchema).check(z14.minLength(1))]), {
      about: "Whose jobs may assume the role.",
      allowed: "the word all (every project of the organisation) or a list of at least one project",
      example: "all"
    })
  }),
  { about: "Who gets in.", allowed: "a mapping with projects" }
);

// shared/document/schema.ts
var guardWords = ["hold", "apply"];
var onWidenSchema = noted(
  z15.union([
    z15.enum(guardWords),
    z15.strictObject({
      trust: z15._default(
        noted(z15.enum(guardWords), {
          about: "The guard over who gets in.",
          allowed: "hold or apply"
        }),
        "hold"
      ),
      permissions: z15._default(
        noted(z15.enum(guardWords), {
          about: "The guard over what they may then do.",
          allowed: "hold or apply"
        }),
        "hold"
      )
    })
  ]),
  {
    about: "What becomes of an edit that lets in or grants more than before: `hold` waits for the SSM label `approved` on that version; `apply` applies and alerts. One word for both, or `trust` and `permissions` each by itself.",
    allowed: "hold or apply, or a mapping with trust and permissions, each hold or apply",
    example: "{ trust: hold, permissions: apply }"
  }
);
var environmentSchema = noted(
  z15.strictObject({
    circleci: circleciSchema,
    trust: trustSchema,
    role: z15.prefault(roleSchema, {}),
    policy: z15.prefault(policySchema, {}),
    deploy: deploySchema,
    mode: z15._default(
      noted(z15.enum(["enforce", "observe", "suspend"]), {
        about: "`enforce` fixes drift; `observe` reports it and writes nothing in IAM; `suspend` writes nothing in IAM, not even by force, and tells what is widened.",
        allowed: "enforce, observe or suspend"
      }),
      "enforce"
    ),
    onWiden: z15._default(onWidenSchema, "hold"),
    onRemove: z15._default(
      noted(z15.enum(["retain", "delete"]), {
        about: "What becomes of role and policy when the parameter is removed.",
        allowed: "retain or delete"
      }),
      "retain"
    )
  }),
  {
    about: "The desired state of one environment.",
    allowed: "a mapping with circleci, trust, role, policy, deploy, mode, onWiden, onRemove"
  }
);

// shared/document/yaml.ts
import {
  Composer,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  Parser
} from "yaml";

// shared/document/parse.ts
function understoodDocument(text2) {
  const parsed = z16.safeParse(environmentSchema, parseJson(text2));
  if (!parsed.success || parsed.data.deploy.region === void 0) return null;
  return documentOf(parsed.data, parsed.data.deploy.region);
}
function documentOf(parsed, region) {
  const { region: _written, ...targets } = parsed.deploy;
  return { ...parsed, onWiden: guardsOf(parsed.onWiden), deploy: { region, ...targets } };
}
function guardsOf(written) {
  return typeof written === "string" ? { trust: written, permissions: written } : written;
}

// shared/plan/digest.ts
import { createHash } from "node:crypto";
function digestOf(text2) {
  return createHash("sha256").update(text2, "utf8").digest("hex");
}

// shared/plan/record.ts
var versionSchema = z17.object({
  version: z17.int(),
  digest: z17.string(),
  modifiedAt: z17.nullable(z17.string()),
  text: z17.string(),
  /** As the text of a document that leaves nothing to a default. */
  understood: z17.string()
});
var replacedSchema = z17.nullable(z17.object({ document: z17.string(), at: z17.string() }));
var schema = z17.object({
  environment: z17.string(),
  serial: z17.int(),
  applied: z17.nullable(versionSchema),
  begun: z17.nullable(versionSchema),
  names: z17.object({
    roles: z17.array(z17.string()),
    policies: z17.array(z17.string()),
    organizations: z17.array(z17.string())
  }),
  /** Each as the text of a document that leaves nothing to a default. */
  former: z17.array(z17.string()),
  mode: z17.nullable(z17.enum(["enforce", "observe", "suspend"])),
  targets: z17.nullable(resolvedTargetsSchema),
  replaced: z17.object({ trust: replacedSchema, policy: replacedSchema }),
  denies: z17.record(z17.string(), z17.string()),
  quarrels: z17.array(
    z17.object({
      resource: z17.string(),
      found: z17.string(),
      actor: z17.nullable(z17.string()),
      at: z17.array(z17.string())
    })
  )
});
var packedSchema = z17.object({ packing: z17.literal("gzip+base64"), data: z17.string() });
var unpackedBytesMax = 65536;
function parseRecord(text2, environment) {
  const data = unpacked(text2);
  if (data === null) return misfit("it is no record");
  const parsed = z17.safeParse(schema, data);
  if (!parsed.success) return misfit("it has not the form of a record");
  const { applied, begun, former, ...rest } = parsed.data;
  if (rest.environment !== environment) {
    return misfit(`it is the record of environment ${rest.environment}`);
  }
  const versions = { applied: versionOf(applied), begun: versionOf(begun) };
  if (versions.applied === "spoilt" || versions.begun === "spoilt") {
    return misfit("its text and its digest differ, or this release does not take its document");
  }
  return {
    kind: "fits",
    record: {
      ...rest,
      applied: versions.applied,
      begun: versions.begun,
      former: former.flatMap((text3) => understoodDocument(text3) ?? [])
    }
  };
}
function misfit(why) {
  return { kind: "misfit", why };
}
function unpacked(text2) {
  try {
    const data = JSON.parse(text2);
    const packed = z17.safeParse(packedSchema, data);
    if (!packed.success) return data;
    const bytes = gunzipSync(Buffer.from(packed.data.data, "base64"), {
      maxOutputLength: unpackedBytesMax
    });
    return JSON.parse(bytes.toString("utf8"));
  } catch {
    return null;
  }
}
function versionOf(stored) {
  if (stored === null) return null;
  const { understood, ...rest } = stored;
  if (digestOf(rest.text) !== rest.digest) return "spoilt";
  const document = understoodDocument(understood);
  return document === null ? "spoilt" : { ...rest, document };
}

// shared/plan/status.ts
import * as z18 from "zod/mini";
var conditionNames = [
  "SpecValid",
  "ResourcesResolved",
  "InSync",
  "TrustAsIntended",
  "Ready"
];
var condition = z18.object({
  status: z18.boolean(),
  reason: z18.string(),
  message: z18.string(),
  since: z18.string()
});
var schema2 = z18.object({
  appliedVersion: z18.nullable(z18.int()),
  appliedDigest: z18.nullable(z18.string()),
  heldVersion: z18.nullable(z18.int()),
  heldDigest: z18._default(z18.nullable(z18.string()), null),
  conditions: z18.object({
    SpecValid: z18.optional(condition),
    ResourcesResolved: z18.optional(condition),
    InSync: z18.optional(condition),
    TrustAsIntended: z18.optional(condition),
    Ready: z18.optional(condition)
  }),
  outputs: z18.record(z18.string(), z18.string()),
  applied: z18._default(
    z18.nullable(
      z18.object({
        organizationId: z18.string(),
        role: z18.string(),
        path: z18.string(),
        policy: z18.string(),
        onRemove: z18.enum(["retain", "delete"]),
        mode: z18.enum(["enforce", "observe", "suspend"]),
        labelled: z18.boolean(),
        targets: z18.nullable(resolvedTargetsSchema)
      })
    ),
    null
  ),
  seen: z18._default(
    z18.nullable(
      z18.object({
        record: z18.int(),
        policyVersion: z18.nullable(z18.string()),
        harmlessVersions: z18.array(z18.string()),
        roles: z18.array(z18.string()),
        policies: z18.array(z18.string()),
        organizations: z18.array(z18.string()),
        labelled: z18.boolean(),
        announced: z18._default(z18.int(), 0),
        outputs: z18._default(z18.nullable(z18.string()), null),
        told: z18.array(z18.string())
      })
    ),
    null
  )
});
function parseStatus(text2) {
  const result = z18.safeParse(schema2, parseJson(text2));
  if (!result.success) return null;
  const { conditions, ...rest } = result.data;
  const known = {};
  for (const name4 of conditionNames) {
    const read = conditions[name4];
    if (read !== void 0) known[name4] = read;
  }
  return { ...rest, conditions: known };
}

// shared/report/journal.ts
import * as z19 from "zod/mini";

// shared/report/report.ts
var alertKinds = [
  "trust-widened",
  "trust-widening-held",
  "trust-widening-applied",
  "permissions-widened",
  "permissions-widening-held",
  "permissions-widening-applied",
  "audience-widened",
  "sessions-revoked",
  "mode-changed",
  "contended",
  "run-interrupted",
  "drift-corrected",
  "spec-invalid",
  "target-missing",
  "conflict",
  "orphaned",
  "adopted",
  "reconcile-failed",
  "unmanaged-trust"
];

// shared/report/journal.ts
var schema3 = z19.record(
  z19.string(),
  z19.object({
    at: z19.string(),
    source: z19.enum(["queue", "hand"]),
    alerts: z19.array(
      z19.object({ kind: z19.enum(alertKinds), environment: z19.string(), title: z19.string() })
    ),
    more: z19._default(z19.record(z19.string(), z19.number()), {})
  })
);
function parseJournal(text2) {
  try {
    const result = z19.safeParse(schema3, JSON.parse(text2));
    return result.success ? result.data : null;
  } catch {
    return null;
  }
}
export {
  parseJournal,
  parseRecord,
  parseStatus
};
