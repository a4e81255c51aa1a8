import { atomsOf, type Family, idp, nulls, type Part, plainForms, sub } from "../family.ts";
import { contextsOf } from "../universe.ts";

const account = "arn:aws:iam::123456789012";
const session = "arn:aws:sts::123456789012:assumed-role/deploy/job";
const canonical = "0".repeat(64);
const callers = [
  `Federated ${idp}`,
  `Federated ${account}:oidc-provider/other.example.com`,
  "Federated arn:aws:iam::210987654321:oidc-provider/idp.example.com",
  `AWS ${account}:root`,
  `AWS ${account}:role/deploy`,
  `AWS ${account}:role/other`,
  `AWS ${account}:user/deploy`,
  `AWS ${session}`,
  "AWS arn:aws:sts::123456789012:assumed-role/deploy/other",
  "AWS arn:aws:iam::210987654321:role/deploy",
  "Service ec2.amazonaws.com",
  "Service lambda.amazonaws.com",
  `CanonicalUser ${canonical}`,
  `CanonicalUser ${"1".repeat(64)}`,
];

type Named = { readonly json: unknown; readonly covers: (caller: string) => boolean };

const ofAccount = (caller: string) => /^AWS arn:aws:(iam|sts)::123456789012:/.test(caller);
const ofRole = (caller: string) =>
  /::123456789012:(role\/deploy$|assumed-role\/deploy\/)/.test(caller);
const isProvider = (caller: string) => caller === `Federated ${idp}`;

const named: readonly Named[] = [
  { json: { Federated: idp }, covers: isProvider },
  { json: "*", covers: () => true },
  { json: { AWS: "*" }, covers: () => true },
  { json: { AWS: "123456789012" }, covers: ofAccount },
  { json: { AWS: `${account}:root` }, covers: ofAccount },
  { json: { AWS: `${account}:role/deploy` }, covers: ofRole },
  { json: { AWS: session }, covers: (caller) => caller === `AWS ${session}` },
  {
    json: { AWS: [`${account}:user/deploy`], Federated: [idp] },
    covers: (caller) => caller === `AWS ${account}:user/deploy` || isProvider(caller),
  },
  { json: { Federated: "*" }, covers: (caller) => caller.startsWith("Federated ") },
  {
    json: { Service: "ec2.amazonaws.com" },
    covers: (caller) => caller === "Service ec2.amazonaws.com",
  },
  {
    json: { CanonicalUser: canonical },
    covers: (caller) => caller === `CanonicalUser ${canonical}`,
  },
];

const asked: readonly {
  readonly json: Readonly<Record<string, unknown>>;
  readonly covers: (action: string) => boolean;
}[] = [
  { json: { Action: "sts:AssumeRole*" }, covers: (action) => action.startsWith("sts:AssumeRole") },
  {
    json: { Action: ["sts:assumerole", "sts:Tag*"] },
    covers: (action) => /^sts:(AssumeRole|TagSession)$/.test(action),
  },
  { json: { NotAction: "sts:TagSession" }, covers: (action) => action !== "sts:TagSession" },
];

const parts: readonly Part[] = named.flatMap((principal) =>
  asked.flatMap(({ json, covers }): readonly Part[] => [
    {
      json: { Principal: principal.json, ...json },
      covers: ({ place }) => principal.covers(place.caller) && covers(place.action),
    },
    {
      json: { NotPrincipal: principal.json, ...json },
      covers: ({ place }, { effect, reading }) =>
        covers(place.action) &&
        !principal.covers(place.caller) &&
        (effect === "Deny" || reading.others),
    },
  ]),
);

/** Who asks for which action of STS. */
export const calling: Family = {
  name: "callers and actions",
  kind: "trust",
  versions: ["2012-10-17"],
  most: 1,
  atoms: [...atomsOf(sub, ["StringLike"], plainForms, [["a*"]]), ...nulls(sub)],
  parts,
  places: callers.flatMap((caller) =>
    ["sts:AssumeRoleWithWebIdentity", "sts:AssumeRole", "sts:TagSession", "sts:SetContext"].map(
      (action) => ({ caller, action, resource: "" }),
    ),
  ),
  contexts: contextsOf({ [sub]: [["a"], ["b"]] }),
  questions: ["others"],
  undecided: {
    needless: 10,
    because: "what NotPrincipal means in an Allow is not documented at all",
    codes: ["unclear-principal"],
  },
};
