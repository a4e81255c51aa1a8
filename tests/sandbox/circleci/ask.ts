import type { Sandbox } from "../../../sandbox/index.ts";

export const organizationId = "11111111-2222-4333-8444-555555555555";
export const projectId = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee";
export const slug = "gh/acme/shop";

export type Answered = {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
};

export type Asked = {
  readonly method?: string;
  readonly body?: unknown;
  /** Without it, the administrator's. */
  readonly headers?: Readonly<Record<string, string>>;
};

/** Asks CircleCI's API of a sandbox, as any client would. */
export async function ask(sandbox: Sandbox, path: string, asked: Asked = {}): Promise<Answered> {
  const { method = "GET", body, headers = ofToken(sandbox.circleci.token) } = asked;
  const response = await fetch(`${sandbox.environment["CIRCLECI_CLI_HOST"]}/api${path}`, {
    method,
    headers,
    redirect: "manual",
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: jsonOf(text) };
}

/** A token as v2 takes it, and as v3 does. */
export function ofToken(token: string): Readonly<Record<string, string>> {
  return { "circle-token": token, authorization: `Bearer ${token}` };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
