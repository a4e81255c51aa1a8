import { newId } from "./ids.ts";
import type { Directory } from "./state.ts";

const statements: ReadonlyMap<string, object> = new Map<string, object>([
  ["AdministratorAccess", { Action: "*" }],
  ["ReadOnlyAccess", { Action: ["*:Get*", "*:List*", "*:Describe*", "*:BatchGet*"] }],
  ["PowerUserAccess", { NotAction: ["iam:*", "organizations:*", "account:*"] }],
  ["AmazonS3FullAccess", { Action: ["s3:*", "s3-object-lambda:*"] }],
  ["IAMFullAccess", { Action: ["iam:*", "organizations:DescribeAccount"] }],
]);

/**
 * A few of AWS's own policies, so that a test can attach one. Their documents are much shorter than
 * AWS's.
 */
export function addAwsPolicies(directory: Directory, at: Date): void {
  for (const [name, grant] of statements) {
    const arn = `arn:aws:iam::aws:policy/${name}`;
    const Statement = [{ Effect: "Allow", ...grant, Resource: "*" }];
    directory.policies.set(arn, {
      owner: "aws",
      name,
      path: "/",
      arn,
      id: newId("ANPA"),
      description: null,
      createdAt: at,
      updatedAt: at,
      tags: new Map(),
      versions: [
        { id: "v1", document: JSON.stringify({ Version: "2012-10-17", Statement }), createdAt: at },
      ],
      defaultVersion: "v1",
      nextVersion: 2,
    });
  }
}
