import { describe, expect, test } from "vitest";
import { accountOfArn, arnOf, iamArn, parseArn } from "../../shared/aws/arn.ts";

describe("an ARN", () => {
  test.each([
    [
      "arn:aws:iam::123456789012:role/ci/deploy",
      ["aws", "iam", "", "123456789012", "role/ci/deploy"],
    ],
    [
      "arn:aws-cn:logs:cn-north-1:123456789012:log-group:g:log-stream:s",
      ["aws-cn", "logs", "cn-north-1", "123456789012", "log-group:g:log-stream:s"],
    ],
    ["arn:aws:s3:::bucket/key", ["aws", "s3", "", "", "bucket/key"]],
    ["arn:*:iam::*:role/?*", ["*", "iam", "", "*", "role/?*"]],
  ])("%s is taken apart and put together again", (text, parts) => {
    const arn = parseArn(text);
    if (arn === null) throw new Error("It was not read.");
    const { account, service, region, resource } = arn;
    expect([account.partition, service, region, account.id, resource]).toEqual(parts);
    expect(arnOf(account, service, region, resource)).toBe(text);
  });

  test("that ends early has empty parts", () => {
    expect(parseArn("arn:aws:iam")).toEqual({
      account: { id: "", partition: "aws" },
      service: "iam",
      region: "",
      resource: "",
    });
  });

  test.each(["", "arn", "ARN:aws:iam::123456789012:root", "my:arn:x", "*", "accounts.google.com"])(
    "is not %j",
    (text) => {
      expect(parseArn(text)).toBeNull();
    },
  );

  test("of something in IAM has the account's partition and no Region", () => {
    const account = { id: "123456789012", partition: "aws-us-gov" };
    expect(iamArn(account, "policy/p")).toBe("arn:aws-us-gov:iam::123456789012:policy/p");
  });
});

describe("the account of an ARN", () => {
  test.each([
    ["arn:aws-eusc:ssm:eusc-de-east-1:123456789012:parameter/x", "aws-eusc"],
    ["arn:aws:sts::123456789012:assumed-role/r/s", "aws"],
  ])("is read from %s", (text, partition) => {
    expect(accountOfArn(text)).toEqual({ id: "123456789012", partition });
  });

  test.each([
    "arn:aws:iam::aws:policy/AdministratorAccess",
    "arn:aws:s3:::bucket",
    "arn:*:iam::123456789012:root",
    "arn:aws:iam::12345678901:root",
    "arn:aws:iam::*:root",
    "123456789012",
  ])("is unknown for %s", (text) => {
    expect(accountOfArn(text)).toBeNull();
  });
});
