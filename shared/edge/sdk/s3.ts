import { S3Client, type S3ClientConfig } from "@aws-sdk/client-s3";

// What the weekly page needs of the SDK, loaded where a bucket is given.
export { PutObjectCommand } from "@aws-sdk/client-s3";

/** An endpoint that somebody names has no host name of its own for each bucket. */
export class BucketClient extends S3Client {
  constructor(settings: S3ClientConfig) {
    const { AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL } = process.env;
    super({ ...settings, forcePathStyle: Boolean(AWS_ENDPOINT_URL_S3 || AWS_ENDPOINT_URL) });
  }
}
