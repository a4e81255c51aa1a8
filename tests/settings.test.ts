import { describe, expect, test } from "vitest";
import { assumptionsOf, settingsOf, variablesIn, variablesOf } from "../shared/settings.ts";

const id = "11111111-2222-4333-8444-555555555555";
const other = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee";
const boundary = "arn:aws:iam::123456789012:policy/ci-boundary";

const installationOf = (variables: Readonly<Record<string, string>>) =>
  settingsOf(variables).installation;

describe("the settings", () => {
  test("of an empty environment hold a first document and restrict nothing", () => {
    expect(settingsOf({})).toEqual({
      prefix: "/oidc-reconciler",
      region: "us-east-1",
      channels: { topicArn: null, bus: "default" },
      installation: {
        prefix: "/oidc-reconciler",
        home: "us-east-1",
        firstDocument: "hold",
        organizations: { kind: "any" },
        permissionsBoundary: null,
        roleNames: null,
        policyNames: null,
        periodMinutes: 15,
      },
    });
  });

  test("of variables that are set to nothing are the same", () => {
    const names = [
      "PARAMETER_PREFIX FIRST_DOCUMENT ORGANIZATIONS PERMISSIONS_BOUNDARY ROLE_NAMES POLICY_NAMES",
      "SCHEDULE_MINUTES ALERT_TOPIC_ARN EVENT_BUS",
    ].flatMap((line) => line.split(" "));
    const empty = Object.fromEntries(names.map((name) => [`OIDC_${name}`, ""]));
    expect(settingsOf(empty)).toEqual(settingsOf({}));
  });

  test("of a whole installation", () => {
    expect(
      installationOf({
        OIDC_PARAMETER_PREFIX: "/team/oidc/",
        AWS_REGION: "eu-central-1",
        OIDC_FIRST_DOCUMENT: "apply",
        OIDC_ORGANIZATIONS: id,
        OIDC_PERMISSIONS_BOUNDARY: boundary,
        OIDC_ROLE_NAMES: "ci/CircleCI-*",
        OIDC_POLICY_NAMES: "CircleCI-*",
        OIDC_SCHEDULE_MINUTES: "60",
      }),
    ).toEqual({
      prefix: "/team/oidc",
      home: "eu-central-1",
      firstDocument: "apply",
      organizations: { kind: "listed", ids: [id] },
      permissionsBoundary: boundary,
      roleNames: "ci/CircleCI-*",
      policyNames: "CircleCI-*",
      periodMinutes: 60,
    });
  });

  test.each(["hold", "Apply", "APPLY", " apply", "apply ", "true", "yes", "apply,hold"])(
    "hold a first document where the word is %j",
    (OIDC_FIRST_DOCUMENT) => {
      expect(installationOf({ OIDC_FIRST_DOCUMENT }).firstDocument).toBe("hold");
    },
  );

  test.each([
    ["  ", { kind: "any" }],
    [` ${id.toUpperCase()} , ${other}`, { kind: "listed", ids: [id, other] }],
    [`${id},${id}`, { kind: "listed", ids: [id] }],
    [`${id},`, { kind: "malformed", text: `${id},` }],
    [",", { kind: "malformed", text: "," }],
    [`${id},acme`, { kind: "malformed", text: `${id},acme` }],
    [`${id} ${other}`, { kind: "malformed", text: `${id} ${other}` }],
    ["any", { kind: "malformed", text: "any" }],
    ["*", { kind: "malformed", text: "*" }],
  ])("take the organisations %j for %j", (OIDC_ORGANIZATIONS, organizations) => {
    expect(installationOf({ OIDC_ORGANIZATIONS }).organizations).toEqual(organizations);
  });

  test.each([
    ["OIDC_PARAMETER_PREFIX", "no-slash"],
    ["OIDC_PERMISSIONS_BOUNDARY", "ci-boundary"],
    ["OIDC_PERMISSIONS_BOUNDARY", "arn:aws:iam::123456789012:role/ci-boundary"],
    ["OIDC_PERMISSIONS_BOUNDARY", `${boundary},${boundary}/`],
    ["OIDC_ROLE_NAMES", "arn:aws:iam::123456789012:role/CircleCI-*"],
    ["OIDC_ROLE_NAMES", "/ci/CircleCI-*"],
    ["OIDC_ROLE_NAMES", "ci/"],
    ["OIDC_POLICY_NAMES", "CircleCI-* Other-*"],
    ["OIDC_SCHEDULE_MINUTES", "0"],
    ["OIDC_SCHEDULE_MINUTES", "15m"],
    ["OIDC_SCHEDULE_MINUTES", "1441"],
    ["OIDC_SCHEDULE_MINUTES", "-5"],
  ])("refuse %s=%s in one sentence", (name, text) => {
    expect(() => settingsOf({ [name]: text })).toThrow(new RegExp(`^${name} [^.]+`));
  });
});

test("variables that say the same of an installation are read as what it is, but for first documents", () => {
  const said = {
    OIDC_ORGANIZATIONS: `${id},${other}`,
    OIDC_PERMISSIONS_BOUNDARY: boundary,
    OIDC_ROLE_NAMES: "ci/CircleCI-*",
    OIDC_POLICY_NAMES: "CircleCI-*",
    OIDC_SCHEDULE_MINUTES: "60",
  };
  expect(variablesOf(installationOf({ ...said, OIDC_FIRST_DOCUMENT: "apply" }))).toEqual(said);
  expect(variablesOf(installationOf({}))).toEqual({ OIDC_SCHEDULE_MINUTES: "15" });
  const malformed = variablesOf(installationOf({ OIDC_ORGANIZATIONS: "acme" }));
  expect(installationOf(malformed).organizations.kind).toBe("malformed");
});

describe("a heartbeat", () => {
  test("says what variables would, and no more than that", () => {
    const said = variablesOf(installationOf({ OIDC_PERMISSIONS_BOUNDARY: boundary }));
    const settings = { ...said, OIDC_FIRST_DOCUMENT: "apply", OIDC_ROLE_NAMES: 5 };
    expect(variablesIn(JSON.stringify({ settings }))).toEqual(said);
  });

  test.each([undefined, "", "{", "[]", '{"at":"x"}', '{"settings":[]}', '{"settings":"x"}'])(
    "says nothing as %j",
    (text) => {
      expect(variablesIn(text)).toBeNull();
    },
  );
});

describe("a run from a shell assumes", () => {
  test.each([
    [{}, "assuming OIDC_FIRST_DOCUMENT=hold and any organisation"],
    [{ OIDC_ORGANIZATIONS: " " }, "assuming OIDC_FIRST_DOCUMENT=hold and any organisation"],
    [{ OIDC_ORGANIZATIONS: id }, "assuming OIDC_FIRST_DOCUMENT=hold"],
    [{ OIDC_FIRST_DOCUMENT: "apply" }, "assuming any organisation"],
    [{ OIDC_FIRST_DOCUMENT: "Apply", OIDC_ORGANIZATIONS: id }, "assuming OIDC_FIRST_DOCUMENT=hold"],
    [{ OIDC_FIRST_DOCUMENT: "hold", OIDC_ORGANIZATIONS: id }, null],
  ])("with %j: %s", (variables, line) => {
    expect(assumptionsOf(variables, { isInstalled: false })).toBe(line);
  });

  test("no organisation where the deployed function said what it may be", () => {
    expect(assumptionsOf({}, { isInstalled: true })).toBe("assuming OIDC_FIRST_DOCUMENT=hold");
    expect(assumptionsOf({ OIDC_FIRST_DOCUMENT: "apply" }, { isInstalled: true })).toBeNull();
  });
});
