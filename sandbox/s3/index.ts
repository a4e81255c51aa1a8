/**
 * Simple Storage Service: buckets and the objects in them, by path. Left out: versions, encryption, ACLs,
 * policies of buckets, listings and everything else.
 */

import { createHash } from "node:crypto";
import { type Authorization, textIn } from "../input/authorization.ts";
import type { Members } from "../input/members.ts";
import { keepMap, operationsOf } from "../input/operations.ts";
import { refused } from "../input/refusal.ts";
import type { Call, Service } from "../server/operation.ts";

/** An object as it was put. */
type StoredObject = { readonly contentType: string; readonly body: string };

/** The account's buckets by name, and their objects by key. Names are unique over all Regions. */
type Buckets = Map<string, Map<string, StoredObject>>;

/** What carries members of an object, both ways. */
const headers = {
  "content-type": "ContentType",
  etag: "ETag",
  "x-amz-expected-bucket-owner": "ExpectedBucketOwner",
} as const;

const object = { path: "/{Bucket}/{Key+}", payload: "Body", headers };

const routes = [
  { method: "PUT", path: "/{Bucket}", operation: "CreateBucket", payload: "Body" },
  { method: "PUT", operation: "PutObject", ...object },
  { method: "GET", operation: "GetObject", ...object },
] as const;

/** The service. */
export function s3(): Service {
  const buckets: Buckets = new Map();
  return {
    name: "s3",
    protocol: "rest-xml",
    routes,
    operations: operationsOf({
      handlers: { CreateBucket: createBucket, PutObject: putObject, GetObject: getObject },
      stateOf: () => buckets,
      refuse: ({ member, constraint }) => refused("InvalidArgument", `${member}: ${constraint}`),
    }),
    keep: () => keepMap(buckets),
    authorize: authorizeObjects,
  };
}

/** CreateBucket: one that this account has already is refused, but for us-east-1, where it stays. */
function createBucket(buckets: Buckets, members: Members, call: Call): object {
  const name = members.text("Bucket", { min: 3, max: 63 });
  if (!/^[a-z0-9][a-z0-9.-]*[a-z0-9]$/.test(name)) {
    throw refused("InvalidBucketName", "The specified bucket is not valid.");
  }
  if (buckets.has(name) && call.region !== "us-east-1") {
    const message =
      "Your previous request to create the named bucket succeeded and you already own it.";
    throw refused("BucketAlreadyOwnedByYou", message, 409);
  }
  buckets.set(name, buckets.get(name) ?? new Map());
  return {};
}

/** PutObject: replaces an object whole. */
function putObject(buckets: Buckets, members: Members, call: Call): object {
  const body = members.optionalText("Body") ?? "";
  const contentType = members.optionalText("ContentType") ?? "binary/octet-stream";
  bucketOf(buckets, members, call).set(members.text("Key", { max: 1024 }), { contentType, body });
  return { ETag: `"${createHash("md5").update(body).digest("hex")}"` };
}

/** GetObject: the object as it was put. */
function getObject(buckets: Buckets, members: Members, call: Call): object {
  const found = bucketOf(buckets, members, call).get(members.text("Key"));
  if (found === undefined) throw refused("NoSuchKey", "The specified key does not exist.", 404);
  return { Body: found.body, ContentType: found.contentType };
}

/** The bucket, where it is the account's that the caller expects. */
function bucketOf(buckets: Buckets, members: Members, call: Call): Map<string, StoredObject> {
  const bucket = buckets.get(members.text("Bucket"));
  if (bucket === undefined) {
    throw refused("NoSuchBucket", "The specified bucket does not exist", 404);
  }
  const owner = members.optionalText("ExpectedBucketOwner") ?? call.account;
  if (owner !== call.account) throw refused("AccessDenied", "Access Denied", 403);
  return bucket;
}

/** Source: Service Authorization Reference, Amazon S3. */
function authorizeObjects(call: Call): readonly Authorization[] {
  const action = `s3:${call.operation}`;
  const bucket = `arn:aws:s3:::${textIn(call.input, "Bucket") ?? ""}`;
  const key = textIn(call.input, "Key");
  return [{ action, resource: key === null ? bucket : `${bucket}/${key}` }];
}
