import { describe, expect, test } from "vitest";
import {
  claimsWith,
  host,
  organization,
  otherOrganization,
  provider,
  recordWith,
  roleArn,
  subjectOf,
} from "./job.ts";
import { accountOfFile, asked, type Row, rowsIn, said } from "./rows.ts";

const account = accountOfFile();
const rows = rowsIn(account);

const invalid = (at: string, value: string, constraint: string) =>
  `1 validation error detected: Value '${value}' at '${at}' failed to satisfy constraint: ${constraint}`;

describe("the role's ARN, by hand and in a record", () => {
  const arns: readonly (readonly [string, string, ...string[]])[] = [
    // azure-docs#61644, aws-iam-authenticator#144
    [
      "without its path",
      "arn:aws:iam::123456789012:role/Acme-CI",
      `the role is ${roleArn}`,
      "asked for arn:aws:iam::123456789012:role/Acme-CI",
      "not this account's role",
      "path",
    ],
    ["with another path", roleArn.replace("/ci/", "/cd/"), `the role is ${roleArn}`, "path"],
    [
      "of another account",
      roleArn.replace("123456789012", "999988887777"),
      "not this account's role",
      "of account 999988887777",
    ],
    ["of another partition", roleArn.replace("arn:aws:", "arn:aws-us-gov:"), "aws-us-gov"],
    ["in another case", roleArn.replace("Acme-CI", "acme-ci"), "only the case differs"],
    ["of a role that is not there", roleArn.replace("Acme-CI", "Nobody"), "no role Nobody"],
    ["of a session", "arn:aws:sts::123456789012:assumed-role/Acme-CI/acme-42", "session"],
    ["of the provider", provider, "the provider"],
    ["of a certificate", "arn:aws:acm:us-east-1:123456789012:certificate/x", "acm"],
    ["with a short account", "arn:aws:iam::12345:role/ci/Acme-CI", "twelve digits"],
    ["with a Region", "arn:aws:iam:us-east-1:123456789012:role/ci/Acme-CI", "no Region"],
    ["of a user", "arn:aws:iam::123456789012:user/Acme-CI", "role/ and a name"],
    ["with a line break behind it", `${roleArn}\n`, "line breaks"],
    ["in quotation marks", `"${roleArn}"`, "quotation marks"],
    ["that nobody filled in", "$" + "{AWS_ROLE_ARN}", "nobody filled in"],
    ["that is too long", roleArn.replace("/ci/", `/${"x".repeat(2100)}/`), "2048"],
  ];
  rows(
    arns.flatMap(([title, arn, ...words]): Row[] => [
      [`${title}, by hand`, asked(arn), "role-missing", ...words],
      [`${title}, in a record`, recordWith({}, { roleArn: arn }), "role-missing", ...words],
    ]),
  );
  rows([
    ["as a name alone is the role's", asked("Acme-CI"), null, "admits this token"],
    ["as a name with its path is the role's", asked("ci/Acme-CI"), null, "admits this token"],
    ["as it is, is the role's", asked(roleArn), null, "admits this token"],
    ["that STS calls invalid", said("ValidationError", "Request ARN is invalid"), "role-missing"],
  ]);
});

describe("the session", () => {
  rows([
    // kreuzwerker/awsu#27, gsts#13
    [
      "that is longer than the role gives, as STS says",
      said(
        "ValidationError",
        "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        { durationSeconds: 14_400 },
      ),
      "session-too-long",
      "14400",
      "3600",
      "role.maxSessionSeconds",
    ],
    [
      "that is longer than the role gives, by hand",
      { ...asked(roleArn), durationSeconds: 14_400 },
      "session-too-long",
      "14400",
      "role.maxSessionSeconds",
    ],
    ["as long as the role gives", { ...asked(roleArn), durationSeconds: 3600 }, null],
    [
      "that is longer than STS gives anybody",
      { ...asked(roleArn), durationSeconds: 43_201 },
      "session-too-long",
      "43200",
      "Ask for 43200 seconds or less",
    ],
    [
      "that is shorter than STS gives anybody",
      { ...asked(roleArn), durationSeconds: 899 },
      "session-too-short",
      "900",
    ],
    [
      "that STS finds too short",
      said(
        "ValidationError",
        invalid("durationSeconds", "60", "Member must have value greater than or equal to 900"),
      ),
      "session-too-short",
      "900",
    ],
    [
      "that STS finds too long for anybody",
      said(
        "ValidationErrorException",
        invalid("durationSeconds", "90000", "Member must have value less than or equal to 43200"),
      ),
      "session-too-long",
    ],
    // aws-cli-orb#104, #140, #172; tfaction#1934
    [
      "whose name has blanks",
      said(
        "ValidationError",
        invalid(
          "roleSessionName",
          "build and deploy",
          "Member must satisfy regular expression pattern: [\\w+=,.@-]*",
        ),
        { roleSessionName: "build and deploy" },
      ),
      "session-name-invalid",
      "build and deploy",
      "2 to 64",
    ],
    ...["build and deploy", "a", "x".repeat(65), "shop/main", "größe"].map(
      (roleSessionName): Row => [
        `whose name is ${roleSessionName.slice(0, 20)}, by hand`,
        { ...asked(roleArn), roleSessionName },
        "session-name-invalid",
        "2 to 64",
      ],
    ),
    [
      "whose name has one letter",
      { ...asked(roleArn), roleSessionName: "a" },
      "session-name-invalid",
      "it has 1 character;",
    ],
    ["whose name is good", { ...asked(roleArn), roleSessionName: "a=b,c.d@e-f_g+1" }, null],
    [
      "whose name and length are wrong: the first of the list is reported",
      said(
        "ValidationError",
        "2 validation errors detected: Value '/' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*; Value '99999' at 'durationSeconds' failed to satisfy constraint: Member must have value less than or equal to 43200",
      ),
      "session-too-long",
    ],
    [
      "with a policy that is not valid",
      { ...asked(roleArn), policy: "{" },
      "session-policy-invalid",
    ],
    [
      "with a policy that STS finds malformed",
      said("MalformedPolicyDocumentException", "This policy contains invalid Json"),
      "session-policy-invalid",
      "invalid Json",
    ],
    [
      "with policies that STS finds too large",
      said(
        "PackedPolicyTooLarge",
        "Packed size of session policies consumes 138% of allotted space.",
      ),
      "session-policy-too-large",
      "138%",
    ],
    [
      "with a policy of more characters than STS takes",
      { ...asked(roleArn), policy: `{"a":"${"x".repeat(2048)}"}` },
      "session-policy-too-large",
      "2048",
    ],
    [
      "with more managed policies than STS takes",
      { ...asked(roleArn), policyArns: Array.from({ length: 11 }, () => ({ arn: "x" })) },
      "session-policy-invalid",
    ],
  ]);
});

describe("what STS says", () => {
  rows([
    // ghaoidc#3, guardian/cdk#1350
    [
      "of the audience",
      said("InvalidIdentityTokenException", "Incorrect token audience"),
      "audience-not-at-provider",
      "Incorrect token audience",
    ],
    [
      "of the issuer that it could not reach",
      said("IDPCommunicationErrorException"),
      "issuer-unreachable",
      "could not reach",
      "ry again",
    ],
    ["the same on the wire", said("IDPCommunicationError", "x"), "issuer-unreachable"],
    ["of the issuer's no", said("IDPRejectedClaimException"), "token-rejected"],
    ["of the token's hour", said("ExpiredTokenException", "Token expired: …"), "token-expired"],
    ["of the token's hour, on the wire", said("ExpiredToken"), "token-expired"],
    [
      "of a token before its time",
      said("InvalidIdentityToken", "Token is not yet valid: current date/time 1 must be after 2"),
      "token-not-yet-valid",
    ],
    [
      "of a text that is not a token",
      said(
        "InvalidIdentityToken",
        "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)",
      ),
      "token-unreadable",
    ],
    [
      "of a claim that is missing",
      said("InvalidIdentityToken", "Missing a required claim: aud"),
      "token-unreadable",
    ],
    [
      "of the signature",
      said("InvalidIdentityToken", "Provided Token's signature could not be verified"),
      "signature-invalid",
    ],
    [
      "of the issuer's keys",
      said(
        "InvalidIdentityToken",
        "Couldn't retrieve verification key from your identity provider, please reference AssumeRoleWithWebIdentity documentation for requirements",
      ),
      "signature-invalid",
    ],
    [
      "of the thumbprint",
      said(
        "InvalidIdentityToken",
        "OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint",
      ),
      "thumbprint-mismatch",
      "circleci.thumbprints",
    ],
    [
      "of a provider that is there again",
      said(
        "InvalidIdentityToken",
        `No OpenIDConnect provider found in your account for https://${host}`,
      ),
      "provider-missing",
    ],
    [
      "that nobody has heard before, of the token",
      said("InvalidIdentityToken", "Something new"),
      "token-rejected",
      "Something new",
    ],
    [
      "that nobody has heard before, of a parameter",
      said("ValidationError", invalid("providerId", "x", "Member must be shorter")),
      "parameter-invalid",
    ],
    [
      "of the Region",
      said(
        "RegionDisabledException",
        "STS is not activated in this region for account:123456789012.",
      ),
      "region-disabled",
      "account settings",
    ],
    ["when it is busy", said("ThrottlingException", "Rate exceeded"), "sts-unavailable"],
    ["when it is down", said("ServiceUnavailable"), "sts-unavailable"],
    [
      "of an explicit Deny",
      said("AccessDenied", "… with an explicit deny in a resource control policy"),
      "denied",
    ],
    [
      "wins over what the policy says now",
      recordWith({
        ...said("ExpiredTokenException"),
        userName: subjectOf({ ref: "refs/heads/dev" }),
      }),
      "token-expired",
    ],
    [
      "leaves open which parameter, and the call shows it",
      said("ValidationError", "", { roleSessionName: "a b" }),
      "session-name-invalid",
    ],
    [
      "nothing of, and nothing refuses it now",
      said("AccessDenied", "An unknown error occurred"),
      null,
      "admits this token",
    ],
    ["in a code that nobody knows", said("Surprise", "boo"), null, "undecided", "boo"],
    // A token that somebody's tool put into the message is not repeated.
    [
      "with the token in it",
      said(
        "ValidationError",
        invalid("webIdentityToken", "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln", "too long"),
      ),
      "token-unreadable",
      "(hidden)",
    ],
    [
      "with the beginning of what is too long for it",
      said("ValidationError", invalid("webIdentityToken", `hunter2 ${"x".repeat(5_000)}`, "long")),
      "parameter-invalid",
      'detected: Value (hidden)"',
    ],
  ]);

  test("nothing, where the record has no error: the call was not refused", async () => {
    const { errorCode: _, errorMessage: __, ...admitted } = recordWith();
    const { diagnosis } = await account().diagnosed(admitted);
    expect(diagnosis).toMatchObject({ admitted: true, cause: null });
    expect(diagnosis?.message).toContain("this call was not refused");
  });
});

describe("the token", () => {
  const inAnHour = Math.floor(Date.now() / 1000) + 3600;
  rows([
    [
      "of hours ago",
      { role: roleArn, claims: claimsWith({ exp: 1_600_000_000 }) },
      "token-expired",
      "2020-09-13",
    ],
    [
      "of hours ago, in a string",
      { role: roleArn, claims: claimsWith({ exp: "1600000000" }) },
      "token-expired",
    ],
    [
      "made by a clock that is ahead",
      { role: roleArn, claims: claimsWith({ exp: inAnHour + 7200, iat: inAnHour }) },
      "token-not-yet-valid",
    ],
    [
      "of tomorrow",
      { role: roleArn, claims: claimsWith({ exp: inAnHour + 7200, nbf: inAnHour }) },
      "token-not-yet-valid",
    ],
    ["of now", { role: roleArn, claims: claimsWith({ exp: inAnHour, nbf: 1 }) }, null],
    ["that is not a token", { role: roleArn, token: "secret" }, "token-unreadable"],
    [
      "of the shared issuer",
      { role: roleArn, claims: claimsWith({ iss: "https://oidc.circleci.com" }) },
      "issuer-root",
    ],
    [
      "of another organisation",
      {
        role: roleArn,
        claims: claimsWith({
          iss: `https://oidc.circleci.com/org/${otherOrganization}`,
          aud: otherOrganization,
        }),
      },
      "issuer-other-organisation",
      otherOrganization,
      organization,
    ],
    [
      "of an issuer that nobody knows",
      { role: roleArn, claims: claimsWith({ iss: "https://idp.example.com" }) },
      "issuer-unknown",
    ],
    [
      "of an issuer without https",
      { role: roleArn, claims: claimsWith({ iss: host }) },
      "issuer-unknown",
      "https://",
    ],
    [
      "with another audience",
      { role: roleArn, claims: claimsWith({ aud: "sts.amazonaws.com" }) },
      "audience-not-at-provider",
      "sts.amazonaws.com",
      organization,
    ],
    [
      "as a decoder shows it",
      { role: roleArn, claims: { header: { alg: "RS256" }, payload: claimsWith() } },
      null,
    ],
  ]);
});

// CloudTrail, userIdentity element: each member may be left out, requestParameters of a refused call too.
describe("a record that lacks what others have is read as far as it goes", () => {
  const dev = subjectOf({ ref: "refs/heads/dev" });
  const resources = [
    { ARN: "arn:aws:s3:::bucket", type: "AWS::S3::Bucket" },
    { accountId: "123456789012", type: "AWS::IAM::Role", ARN: roleArn },
  ];
  const identity = (more: object) => ({ type: "WebIdentityUser", ...more });
  const whole = `${provider}:${organization}:${dev}`;
  rows([
    [
      "no parameters, the role among the resources",
      recordWith({ userName: dev, requestParameters: null, resources }),
      "ref-refused",
      "refs/heads/dev",
    ],
    [
      "no parameters, the role in the message",
      recordWith({
        userName: dev,
        requestParameters: null,
        errorMessage: `User: x is not authorized to perform: sts:AssumeRoleWithWebIdentity on resource: ${roleArn}`,
      }),
      "ref-refused",
    ],
    [
      "no user's name",
      recordWith({ userIdentity: identity({ principalId: whole, identityProvider: provider }) }),
      "ref-refused",
    ],
    [
      "nothing but the principal",
      recordWith({ userIdentity: identity({ principalId: whole }) }),
      "ref-refused",
    ],
    [
      "members that say nothing here",
      recordWith({
        userName: dev,
        additionalEventData: { identityProviderConnectionVerificationMethod: "IAMTrustStore" },
        tlsDetails: { tlsVersion: "TLSv1.3" },
        sharedEventID: "5b1a",
        readOnly: true,
        resources: null,
      }),
      "ref-refused",
    ],
    [
      "no parameters and no resources",
      recordWith({ userName: dev, requestParameters: null }),
      null,
      "undecided",
      "names no role",
    ],
  ]);
});

// aws-sdk-go, boto and the Java SDK put the code into the message; a job's log has no other.
describe("a refusal as a job's log has it, the code inside the message", () => {
  const logged = (errorMessage: string, ref = "refs/heads/main") => ({
    role: roleArn,
    claims: claimsWith({ sub: subjectOf({ ref }) }),
    errorMessage,
  });
  const calling = "when calling the AssumeRoleWithWebIdentity operation";
  rows([
    [
      "of the AWS CLI",
      logged(`An error occurred (RegionDisabledException) ${calling}: STS is not activated`),
      "region-disabled",
    ],
    [
      "of the AWS CLI, a denial",
      logged(`An error occurred (AccessDenied) ${calling}: Not authorized`, "refs/heads/dev"),
      "ref-refused",
    ],
    [
      "of Go",
      logged(
        "operation error STS: AssumeRoleWithWebIdentity, api error PackedPolicyTooLarge: 110%",
      ),
      "session-policy-too-large",
    ],
    [
      "of Java",
      logged(
        "x (Service: AWSSecurityTokenService; Status Code: 400; Error Code: IDPRejectedClaim)",
      ),
      "token-rejected",
    ],
  ]);
});
