import {
  GetPolicyCommand,
  GetPolicyVersionCommand,
  ListPolicyVersionsCommand,
} from "@aws-sdk/client-iam";
import { mockClient } from "aws-sdk-client-mock";
import { beforeEach, expect, test } from "vitest";
import { makeClients } from "../../shared/edge/clients.ts";
import { readPolicy, readPolicyText } from "../../shared/edge/identity.ts";

const clients = makeClients("us-east-1");
const iam = mockClient(clients.iam);
const arn = "arn:aws:iam::123456789012:policy/deploy";

beforeEach(() => {
  iam.reset();
  iam.on(GetPolicyCommand).resolves({
    Policy: {
      PolicyName: "deploy",
      DefaultVersionId: "v2",
      AttachmentCount: 1,
      PermissionsBoundaryUsageCount: 3,
    },
  });
  iam.on(ListPolicyVersionsCommand).resolves({
    Versions: [
      { VersionId: "v3", IsDefaultVersion: false },
      { VersionId: "v2", IsDefaultVersion: true },
      { VersionId: "v1", IsDefaultVersion: false },
    ],
  });
  for (const id of ["v1", "v2", "v3"]) {
    iam
      .on(GetPolicyVersionCommand, { PolicyArn: arn, VersionId: id })
      .resolves({ PolicyVersion: { Document: `%7B${id}%7D` } });
  }
});

test("a policy is read with the versions that are neither the default nor known", async () => {
  const known = new Map([["v1", "safe"]] as const);
  const policy = await readPolicy(clients, arn, ["v2"], { withVersions: true, known });
  expect(policy).toMatchObject({
    kind: "found",
    value: {
      document: "{v2}",
      boundaryUsageCount: 3,
      versions: [
        { id: "v3", isDefault: false, document: "{v3}" },
        { id: "v2", isDefault: true, document: null },
        { id: "v1", isDefault: false, document: null, knownSafe: true },
      ],
    },
  });
  expect(iam.commandCalls(GetPolicyVersionCommand)).toHaveLength(2);
});

test("a policy is read without its versions where nobody asks for them", async () => {
  const policy = await readPolicy(clients, arn, ["v2"]);
  expect(policy).toMatchObject({ kind: "found", value: { versions: null } });
  expect(iam.commandCalls(ListPolicyVersionsCommand)).toHaveLength(0);
});

test("a version that cannot be read has no document, and the others have theirs", async () => {
  iam
    .on(GetPolicyVersionCommand, { PolicyArn: arn, VersionId: "v1" })
    .rejects(Object.assign(new Error("refused"), { name: "AccessDenied" }));
  const policy = await readPolicy(clients, arn, [], { withVersions: true });
  const versions = [{ document: "{v3}" }, { document: null }, { id: "v1", document: null }];
  expect(policy).toMatchObject({ kind: "found", value: { versions } });
});

test("a version that is likely to be needed is read once, whether it is the default or not", async () => {
  const policy = await readPolicy(clients, arn, ["v1", "v2", "v1"], { withVersions: true });
  const versions = [{ document: "{v3}" }, { document: null }, { document: "{v1}" }];
  expect(policy).toMatchObject({ kind: "found", value: { document: "{v2}", versions } });
  expect(iam.commandCalls(GetPolicyVersionCommand)).toHaveLength(3);
});

test("what a policy grants is its default version's, and of the first alone one call says so", async () => {
  expect(await readPolicyText(clients, arn)).toEqual({ kind: "found", value: "{v2}" });
  iam
    .on(GetPolicyVersionCommand, { PolicyArn: arn, VersionId: "v1" })
    .resolves({ PolicyVersion: { Document: "%7Bfirst%7D", IsDefaultVersion: true } });
  iam.resetHistory();
  expect(await readPolicyText(clients, arn)).toEqual({ kind: "found", value: "{first}" });
  expect(iam.calls()).toHaveLength(1);
});

test("what a policy grants is read where its first version is gone", async () => {
  iam
    .on(GetPolicyVersionCommand, { PolicyArn: arn, VersionId: "v1" })
    .rejects(Object.assign(new Error("gone"), { name: "NoSuchEntityException" }));
  expect(await readPolicyText(clients, arn)).toEqual({ kind: "found", value: "{v2}" });
});
