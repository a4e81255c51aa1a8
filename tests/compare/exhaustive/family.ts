import type { Atom, By, Context, Version } from "./atom.ts";
import type { Question } from "./readings.ts";

/** Who asks for what: a caller and an action, or an action and a resource. */
export type Place = Readonly<Record<"caller" | "action" | "resource", string>>;

export type Request = { readonly place: Place; readonly context: Context };

/** The part of a statement that says where it applies, as JSON and as a test. */
export type Part = {
  readonly json: Readonly<Record<string, unknown>>;
  readonly covers: (request: Request, by: By) => boolean;
};

/** Small policies over one part of the language, and the requests that can tell them apart. */
export type Family = {
  readonly name: string;
  readonly kind: "trust" | "permissions";
  readonly versions: readonly Version[];
  readonly atoms: readonly Atom[];
  readonly parts: readonly Part[];
  /** Conditions that a statement has at most. */
  readonly most: 1 | 2;
  readonly places: readonly Place[];
  readonly contexts: readonly Context[];
  /** What AWS leaves open about these policies. */
  readonly questions: readonly Question[];
  /**
   * Of a hundred directions, how many may be undecided that have one truth by every reading
   * here, why that is, and the reasons that an undecided direction may have.
   */
  readonly undecided: {
    readonly needless: number;
    readonly because: string;
    readonly codes: readonly string[];
  };
};

/** What a family of conditions says; it is asked as trust policies and as permissions. */
export type Conditions = Omit<Family, "kind" | "parts" | "places" | "most" | "versions"> &
  Partial<Pick<Family, "versions">>;

export const idp = "arn:aws:iam::123456789012:oidc-provider/idp.example.com";
export const sub = "idp.example.com:sub";
export const user = "aws:username";
export const tags = "aws:TagKeys";

export const plainForms: readonly Form[] = ["", "IfExists"].map((suffix) => ({
  prefix: "",
  suffix,
}));
export const setForms: readonly Form[] = ["ForAnyValue:", "ForAllValues:"].flatMap((prefix) =>
  ["", "IfExists"].map((suffix) => ({ prefix, suffix })),
);
export const everyForm: readonly Form[] = [...plainForms, ...setForms];

type Form = { readonly prefix: string; readonly suffix: string };

/** One atom for each operator in each form, with each list of values. */
export function atomsOf(
  key: string,
  operators: readonly string[],
  forms: readonly Form[],
  lists: readonly (readonly string[])[],
): readonly Atom[] {
  return operators.flatMap((base) =>
    forms.flatMap(({ prefix, suffix }) =>
      lists.map((values) => ({ operator: `${prefix}${base}${suffix}`, key, values })),
    ),
  );
}

/** Whether the key is there. */
export function nulls(key: string): readonly Atom[] {
  return ["true", "false"].map((value) => ({ operator: "Null", key, values: [value] }));
}

const trustPart: Part = {
  json: { Principal: { Federated: idp }, Action: "sts:AssumeRoleWithWebIdentity" },
  covers: ({ place }) =>
    place.caller === `Federated ${idp}` && place.action === "sts:AssumeRoleWithWebIdentity",
};
const permissionPart: Part = {
  json: { Action: "s3:GetObject", Resource: "*" },
  covers: ({ place }) => place.action.toLowerCase() === "s3:getobject",
};
const bare = { most: 2, versions: ["2012-10-17"] } as const;

/** Conditions as trust policies: one provider, one action. */
export function asTrust(conditions: Conditions): Family {
  const caller = `Federated ${idp}`;
  return {
    ...bare,
    ...conditions,
    kind: "trust",
    parts: [trustPart],
    places: [{ caller, action: "sts:AssumeRoleWithWebIdentity", resource: "" }],
  };
}

/** Conditions as permissions: one action, any resource. */
export function asPermissions(conditions: Conditions): Family {
  return {
    ...bare,
    ...conditions,
    kind: "permissions",
    parts: [permissionPart],
    places: [{ caller: "", action: "s3:GetObject", resource: "arn:aws:s3:::x" }],
  };
}
