import { afterEach, describe, expect, test } from "vitest";
import {
  readExpressions,
  readOrganizationSwitch,
  readSwitchesBySlug,
} from "../../../shared/edge/circleci/settings.ts";
import { compareVariables } from "../../../shared/edge/circleci/variables.ts";
import { type BadServer, serverThat } from "../servers.ts";
import {
  client,
  context,
  eachInItsOwnSandbox,
  failureOf,
  organizationId,
  sandbox,
  slug,
  waits,
} from "./sandboxed.ts";

eachInItsOwnSandbox();

let server: BadServer | null = null;
afterEach(async () => {
  await server?.close();
  server = null;
});

type Answer = Parameters<typeof serverThat>[0];

/** A client of a CircleCI that answers so. */
async function clientOf(answer: Answer, more: Parameters<typeof client>[0] = {}) {
  server = await serverThat(answer);
  return client({ base: server.endpoint, ...more });
}

const compare = (of: ReturnType<typeof client>) =>
  compareVariables(of, { kind: "project", id: slug }, { AWS_REGION: "us-east-1" }, []);

const bodies: readonly (readonly [string, Answer])[] = [
  ["long", (_, __, response) => response.end("x".repeat(200_000))],
  [
    "endless",
    (_, __, response) => {
      response.write("x");
    },
  ],
];

describe("a refusal whose words are", () => {
  const refusing =
    (status: number, headers: Readonly<Record<string, string>>, body: Answer): Answer =>
    (nth, request, response, text) => {
      response.writeHead(status, headers);
      body(nth, request, response, text);
    };

  test.each(
    bodies.flatMap(([name, body]) =>
      (
        [
          [401, {}, "LoginExpired", null],
          [404, {}, "CircleciNotFound", null],
          [
            429,
            { "retry-after": "200" },
            "CircleciThrottled",
            "it asks to come again in 200 seconds",
          ],
          [
            302,
            { location: "https://other.example/" },
            "CircleciRefused",
            "it leads to another address, at other.example",
          ],
        ] as const
      ).map((each) => ({ name, body, each })),
    ),
  )("$name is known by its status: $each.0", async ({ body, each }) => {
    const [status, headers, code, detail] = each;
    const of = await clientOf(refusing(status, headers, body), { limits: { wordsMs: 30 } });
    const { failed } = await failureOf(compare(of));
    expect(failed).toMatchObject({ code, status, detail });
    expect(waits).toEqual([]);
  });

  test.each(bodies)("%s is tried again as it asks", async (_, body) => {
    const answer: Answer = (nth, request, response, text) => {
      if (nth === 2) return response.end('{"items":[]}');
      return refusing(429, { "retry-after": "3" }, body)(nth, request, response, text);
    };
    const of = await clientOf(answer, { limits: { wordsMs: 30 } });
    expect(await compare(of)).toEqual(new Map());
    expect(waits).toEqual([3000]);
  });
});

test("only who is busy asks to come again: a refusal has its own words", async () => {
  const of = await clientOf((_, __, response) => {
    response.writeHead(403, { "retry-after": "7" }).end('{"message":"Not a member"}');
  });
  const { faults } = await readOrganizationSwitch(of, organizationId);
  expect(faults).toEqual([expect.stringContaining("(HTTP 403): Not a member")]);
});

describe("a whole command", () => {
  const busy: Answer = (_, __, response) => {
    response.writeHead(429, { "retry-after": "100" }).end("{}");
  };

  test("waits at most five minutes", async () => {
    const of = await clientOf(busy);
    const { failed } = await failureOf(compare(of));
    expect(failed).toMatchObject({
      code: "CircleciThrottled",
      detail: "it asks to come again in 100 seconds",
    });
    expect(waits).toEqual([100_000, 100_000, 100_000]);
  });

  test("asks no more once a request was given up for throttling", async () => {
    let asked = 0;
    const of = await clientOf((nth, request, response, text) => {
      asked += 1;
      return busy(nth, request, response, text);
    });
    await failureOf(compare(of));
    expect(asked).toBe(4);
    const { failed } = await failureOf(compare(of));
    expect(failed).toMatchObject({
      code: "CircleciThrottled",
      detail: "it was not asked any more, after another request had to be given up",
    });
    const { value, faults } = await readOrganizationSwitch(of, organizationId);
    expect({ value, asked }).toEqual({ value: null, asked: 4 });
    expect(faults).toEqual([expect.stringContaining("it was not asked any more")]);
  });

  test("waits once for requests that wait at the same time", async () => {
    const begun = sandbox.clock.now();
    const of = await clientOf(busy, { now: () => begun, limits: { tries: 3 } });
    await Promise.all([1, 2, 3, 4].map(() => failureOf(compare(of))));
    expect(waits).toHaveLength(8);
  });

  test("does not go on with pages that each take their time", async () => {
    const of = await clientOf((nth, __, response) => {
      sandbox.clock.advance(14_000);
      response.end(JSON.stringify({ items: [], next_page_token: `page-${nth}` }));
    });
    const { failed } = await failureOf(compare(of));
    expect(failed).toMatchObject({
      code: "CircleciUnavailable",
      detail: "its pages take longer than 5 minutes",
    });
  });
});

describe("a listing", () => {
  test("may have many short pages", async () => {
    const of = await clientOf((nth, __, response) => {
      const items = Array.from({ length: 20 }, (_, at) => ({ name: `N${nth}_${at}` }));
      const last = [{ name: "AWS_REGION", value: "xxxxst-1" }];
      response.end(
        JSON.stringify(nth < 150 ? { items, next_page_token: `page-${nth}` } : { items: last }),
      );
    });
    expect(await compare(of)).toEqual(new Map([["AWS_REGION", "unsure"]]));
  });

  test.each([
    ["it shows the same page again", { items: [], next_page_token: "again" }],
    ["its next_page_token is not a text", { items: [], next_page_token: 7 }],
    ["its next_page_token is too long", { items: [], next_page_token: "x".repeat(9000) }],
    ["one of its items has no name", { items: [{ name: 7 }] }],
    ["the value of one of its items is not a text", { items: [{ name: "A", value: 7 }] }],
    ["one of its items is not an object", { items: [null] }],
    ["it is not a list", { items: {} }],
    ["it reports a failure", { message: "You do not have permission" }],
  ])("says what is wrong with it: %s", async (detail, body) => {
    const of = await clientOf((_, __, response) => response.end(JSON.stringify(body)));
    const { failed } = await failureOf(compare(of));
    expect(failed).toMatchObject({ code: "CircleciAnswerUnreadable", detail });
  });

  test("whose pages are empty ends", async () => {
    let pages = 0;
    const of = await clientOf((nth, __, response) => {
      pages = nth;
      response.end(JSON.stringify({ items: [], next_page_token: `page-${nth}` }));
    });
    expect((await failureOf(compare(of))).failed.detail).toBe("its pages do not end");
    expect(pages).toBe(100);
  });

  test("of a few items that would fill the memory is left", async () => {
    let pages = 0;
    const of = await clientOf((nth, __, response) => {
      pages = nth;
      const items = [{ name: "N".repeat(500_000), value: "x".repeat(500_000) }];
      response.end(JSON.stringify({ items, next_page_token: `page-${nth}` }));
    });
    const { failed } = await failureOf(compare(of));
    expect(failed.detail).toBe("it is longer than any list should be");
    expect(pages).toBe(5);
  });

  test("may begin with a byte order mark", async () => {
    const of = await clientOf((_, __, response) => response.end('\ufeff{"items":[]}'));
    expect(await compare(of)).toEqual(new Map());
  });
});

describe("what is about something else does not count:", () => {
  const other = "99999999-dddd-4eee-8fff-000000000000";
  const answering = (operation: string, body: object) =>
    sandbox.faults.add({
      when: (call) => call.operation === operation,
      at: "before",
      how: { error: "Other", httpStatus: 200, body: JSON.stringify(body) },
    });

  test("the restrictions of another context", async () => {
    const expression = { restriction_type: "expression", restriction_value: "not job.ssh.enabled" };
    answering("ListContextRestrictions", { items: [{ ...expression, context_id: other }] });
    expect(await readExpressions(client(), context)).toEqual({
      value: null,
      faults: [expect.stringContaining("it is about another id")],
    });
  });

  test("the variables of another context", async () => {
    answering("ListContextVariables", { items: [{ variable: "AWS_REGION", context_id: other }] });
    const target = { kind: "context", id: context } as const;
    const { failed } = await failureOf(compareVariables(client(), target, {}, []));
    expect(failed.detail).toBe("it is about another id");
  });

  test.each(["gh/evil/other", "gh/acme/other", 7])("the project %j", async (shown) => {
    const id = sandbox.circleci.createProject({ slug, organizationId });
    answering("GetProject", { id, slug: shown, organization_id: organizationId });
    const { value, faults } = await readSwitchesBySlug(client(), slug);
    expect(value).toMatchObject({ id: null, organizationId: null });
    expect(faults).toContainEqual(expect.stringContaining("it is about another project"));
  });

  const twice = '"advanced":{"disable_ssh":false,"disable_ssh":true}';
  test.each([
    [`{${twice}}`, "it has a member twice"],
    ['{"advanced":{"disable_ssh":false},"advanced":{"disable_ssh":true}}', "it has a member twice"],
    [`{"x":${"[".repeat(70)}${"]".repeat(70)},${twice}}`, "its values lie too deep in one another"],
  ])("a switch that is there twice: %.70s", async (body, why) => {
    const when = ({ operation }: { readonly operation: string }) =>
      operation === "GetProjectSettings";
    sandbox.faults.add({ when, at: "before", how: { error: "Twice", httpStatus: 200, body } });
    const { faults } = await readSwitchesBySlug(client(), slug);
    expect(faults).toEqual([expect.stringContaining(why)]);
  });

  test("but one that is written in another way is the same", async () => {
    const { value, faults } = await readSwitchesBySlug(client(), "github/acme/shop");
    expect(value.id).not.toBe(null);
    expect(faults).toEqual([]);
  });
});

describe("a failure in an answer of success", () => {
  const saying = (body: object): Answer => {
    return (_, __, response) => response.end(JSON.stringify(body));
  };

  test.each([
    [{ message: "You do not have permission." }],
    [{ error: "You do not have permission" }],
    [{ error: { title: "You do not have permission" }, status: 403 }],
  ])("is one, in its own words: %j", async (body) => {
    const of = await clientOf(saying(body));
    const words = "it reports a failure: You do not have permission";
    for (const { faults } of [
      await readOrganizationSwitch(of, organizationId),
      await readExpressions(of, context),
      await readSwitchesBySlug(of, slug),
    ]) {
      expect(faults.length).toBeGreaterThan(0);
      for (const fault of faults) expect(fault.endsWith(words)).toBe(true);
    }
  });

  test("has no words that repeat the token, nor any where they may repeat a value", async () => {
    const of = await clientOf(saying({ message: `bad ${client().token.slice(3)}` }));
    expect((await failureOf(compare(of))).failed.detail).toBe("it reports a failure");
    const { faults } = await readOrganizationSwitch(of, organizationId);
    expect(faults).toEqual([expect.stringMatching(/: it reports a failure$/)]);
  });
});
