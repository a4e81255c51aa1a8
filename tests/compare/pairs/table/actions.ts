import { allow, allowAction, deny, type Pair, policy, webIdentity } from "../vocabulary.ts";

const six = [
  "sts:AssumeRole",
  "sts:AssumeRoleWithWebIdentity",
  "sts:AssumeRoleWithSAML",
  "sts:TagSession",
  "sts:SetSourceIdentity",
  "sts:SetContext",
];

export const actions: readonly Pair[] = [
  {
    title: "an action in other letters",
    before: policy(allowAction(webIdentity)),
    after: policy(allowAction("STS:assumerolewithwebidentity")),
    verdict: "equivalent",
    why: "Action names ignore case.",
  },
  {
    title: "one action becomes a pattern",
    before: policy(allowAction(webIdentity)),
    after: policy(allowAction("sts:AssumeRole*")),
    verdict: "widened",
    why: "sts:AssumeRole and sts:AssumeRoleWithSAML match it too.",
  },
  {
    title: "a pattern and the three actions that it matches",
    before: policy(allowAction("sts:AssumeRole*")),
    after: policy(allowAction(six.slice(0, 3))),
    verdict: "equivalent",
    why: "Of the actions on a role just these three begin so.",
  },
  {
    title: "all of sts and the six actions on a role",
    before: policy(allowAction("sts:*")),
    after: policy(allowAction(six)),
    verdict: "equivalent",
    why: "The request space has these six actions, and none else is named.",
  },
  {
    title: "all of sts and all of everything",
    before: policy(allowAction("sts:*")),
    after: policy(allowAction("*")),
    verdict: "equivalent",
    why: "No document names an action of another service.",
  },
  {
    title: "an action that is not one of the six is named in full",
    before: policy(allowAction("sts:Assume*")),
    after: policy(allowAction(["sts:Assume*", "sts:GetCallerIdentity"])),
    verdict: "widened",
    why: "An action that a document names in full is part of the request space.",
  },
  {
    title: "question marks for ten letters",
    before: policy(allowAction("sts:??????????")),
    after: policy(allowAction(["sts:AssumeRole", "sts:TagSession", "sts:SetContext"])),
    verdict: "equivalent",
    why: "Of the six names these three have ten letters.",
  },
  {
    title: "Action becomes NotAction",
    before: policy(allowAction(webIdentity)),
    after: policy({ ...allow(), Action: undefined, NotAction: webIdentity }),
    verdict: "changed",
    why: "What was allowed no longer is, what was not now is.",
  },
  {
    title: "Action becomes NotAction of something else",
    before: policy(allowAction(webIdentity)),
    after: policy({ ...allow(), Action: undefined, NotAction: "sts:TagSession" }),
    verdict: "widened",
    why: "All but sts:TagSession is allowed: four actions more.",
  },
  {
    title: "an action that another of the list covers",
    before: policy(allowAction("sts:AssumeRole*")),
    after: policy(allowAction(["sts:assumerole", "sts:AssumeRole*"])),
    verdict: "equivalent",
    why: "The pattern matches it already.",
  },
  {
    title: "sts:TagSession is taken out",
    before: policy(allowAction([webIdentity, "sts:TagSession"])),
    after: policy(allowAction(webIdentity)),
    verdict: "narrowed",
    why: "A token that carries session tags is no longer taken.",
  },
  {
    title: "everything but one action is denied",
    before: policy(allowAction(webIdentity)),
    after: policy(allowAction("sts:*"), { ...deny(), Action: undefined, NotAction: webIdentity }),
    verdict: "equivalent",
    why: "The Deny takes back five of the six actions.",
  },
];
