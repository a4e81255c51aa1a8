import { isRecord } from "../json.ts";

/** Is it such a value? The request is beside it for what an answer repeats of it. */
type Test = (value: unknown, request: object) => boolean;

/** What a value is like: in a list what each of its entries is like, in an object what its members are. */
export type Form = Test | readonly [Form] | { readonly [name: string]: Form };

/** A text that is not empty. */
export const text: Test = (value) => typeof value === "string" && value !== "";
/** A number that is one. */
export const number: Test = (value) => Number.isFinite(value);
/** True or false. */
export const flag: Test = (value) => typeof value === "boolean";

/** May be left out, or empty. */
export const maybe =
  (form: Form): Test =>
  (value, request) =>
    (value ?? "") === "" || isLike(form, value, request);

/** Is what the request has under this name. */
export const asked =
  (name: string): Test =>
  (value, request) =>
    String(value).toLowerCase() === String(Reflect.get(request, name)).toLowerCase();

/** Is the value of an answer to this request of the form? */
export function isLike(form: Form, value: unknown, request: object): boolean {
  if (typeof form === "function") return form(value, request);
  if (isList(form)) {
    return Array.isArray(value) && value.every((each) => isLike(form[0], each, request));
  }
  return (
    isRecord(value) &&
    Object.entries(form).every(([name, member]) => isLike(member, value[name], request))
  );
}

function isList(form: Form): form is readonly [Form] {
  return Array.isArray(form);
}
