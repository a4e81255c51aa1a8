/** What a SigV4 `Authorization` header says about its signer. The signature is not verified. */
export type Signature = {
  readonly accessKeyId: string;
  readonly region: string;
  /** Signing name of the service. */
  readonly service: string;
  readonly sessionToken: string | null;
};

/**
 * The credential scope of a request's `Authorization` header; null if the request is unsigned or
 * the header is not one of SigV4. Source: AWS IAM User Guide, "AWS Signature Version 4".
 */
export function readSignature(headers: {
  readonly authorization: string | undefined;
  readonly securityToken: string | undefined;
}): Signature | null {
  const scope = /^AWS4-HMAC-SHA256 .*Credential=([^,\s]+)/.exec(headers.authorization ?? "")?.[1];
  const [accessKeyId, , region, service, terminator] = scope?.split("/") ?? [];
  if (!accessKeyId || !region || !service || terminator !== "aws4_request") return null;
  return { accessKeyId, region, service, sessionToken: headers.securityToken ?? null };
}
