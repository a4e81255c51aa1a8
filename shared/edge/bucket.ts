import type { Fault } from "../aws/reading.ts";
import { type Clients, lateClient } from "./clients.ts";
import { faultOf } from "./faults.ts";

const s3 = lateClient("s3", async () => (await import("./sdk/s3.ts")).BucketClient);

/** A page, and the object that it becomes. */
type PutPage = {
  readonly bucket: string;
  readonly key: string;
  /** The account that must own the bucket: one of that name may have become a stranger's. */
  readonly owner: string;
  readonly html: string;
};

/** Puts a page into a bucket, in place of the one before. Encryption is the bucket's own. */
export async function putPage(clients: Clients, page: PutPage): Promise<Fault | null> {
  const { bucket, key, owner, html } = page;
  try {
    const { PutObjectCommand } = await import("./sdk/s3.ts");
    const client = await s3(clients);
    await client.send(
      new PutObjectCommand({
        ...{ Bucket: bucket, Key: key, ExpectedBucketOwner: owner, Body: html },
        ContentType: "text/html; charset=utf-8",
      }),
    );
    return null;
  } catch (thrown) {
    return faultOf(`s3:PutObject of ${key} into ${bucket}`, thrown);
  }
}
