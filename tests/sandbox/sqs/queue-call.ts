import { expect } from "vitest";
import type { Sandbox, SessionCredentials } from "../../../sandbox/index.ts";

/** A call to SQS by its JSON protocol; unsigned ones are the root user's. */
export async function queueCall(
  sandbox: Sandbox,
  operation: string,
  input: object,
  signer: { readonly credentials?: SessionCredentials; readonly region?: string } = {},
): Promise<Readonly<Record<string, unknown>>> {
  const answer = await fetch(sandbox.endpoint, {
    method: "POST",
    headers: {
      "content-type": "application/x-amz-json-1.0",
      "x-amz-target": `AmazonSQS.${operation}`,
      ...(Object.keys(signer).length === 0 ? {} : signedBy(sandbox, signer)),
    },
    body: JSON.stringify(input),
  });
  expect(answer.headers.get("content-type")).toBe("application/x-amz-json-1.0");
  const body: Readonly<Record<string, unknown>> = JSON.parse(await answer.text());
  if (answer.ok) return body;
  const error = new Error(String(body["message"]));
  error.name = String(body["__type"]);
  throw error;
}

/** The header says who signs; the sandbox does not verify the signature. */
function signedBy(
  sandbox: Sandbox,
  { credentials, region }: { readonly credentials?: SessionCredentials; readonly region?: string },
): Record<string, string> {
  const key = credentials?.accessKeyId ?? sandbox.environment["AWS_ACCESS_KEY_ID"];
  const scope = `${key}/20261122/${region ?? sandbox.region}/sqs/aws4_request`;
  const token = credentials?.sessionToken;
  return {
    authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0`,
    ...(token === undefined ? {} : { "x-amz-security-token": token }),
  };
}

export type ReceivedMessage = {
  readonly MessageId: string;
  readonly ReceiptHandle: string;
  readonly Body: string;
  readonly MD5OfBody: string;
  readonly Attributes?: Readonly<Record<string, string>>;
  readonly MessageAttributes?: Readonly<Record<string, unknown>>;
};

/** One queue, spoken to by its URL. */
export async function queueIn(
  sandbox: Sandbox,
  QueueName: string,
  Attributes: Readonly<Record<string, string>> = {},
  region: string = sandbox.region,
) {
  const signer = region === sandbox.region ? {} : { region };
  const fifo = QueueName.endsWith(".fifo") ? { FifoQueue: "true" } : {};
  const asked = { QueueName, Attributes: { ...fifo, ...Attributes } };
  const made = await queueCall(sandbox, "CreateQueue", asked, signer);
  const QueueUrl = String(made["QueueUrl"]);
  const call = (operation: string, more: object = {}) =>
    queueCall(sandbox, operation, { QueueUrl, ...more }, signer);
  return {
    url: QueueUrl,
    arn: `arn:aws:sqs:${region}:${sandbox.account}:${QueueName}`,
    call,
    send: (MessageBody: string, more: object = {}) => call("SendMessage", { MessageBody, ...more }),
    receive: async (more: object = {}): Promise<readonly ReceivedMessage[]> => {
      const { Messages = [] }: { readonly Messages?: readonly ReceivedMessage[] } = await call(
        "ReceiveMessage",
        { MaxNumberOfMessages: 10, ...more },
      );
      return Messages;
    },
    attributes: async (...AttributeNames: readonly string[]) => {
      const answer = await call("GetQueueAttributes", { AttributeNames });
      return answer["Attributes"];
    },
    set: (changed: Readonly<Record<string, string>>) =>
      call("SetQueueAttributes", { Attributes: changed }),
  };
}

/** The attribute that sends a message to another queue once it was received so often. */
export function redriveTo(deadLetterTargetArn: string, maxReceiveCount: number) {
  return { RedrivePolicy: JSON.stringify({ deadLetterTargetArn, maxReceiveCount }) };
}

/** The text of a queue policy. */
export function queuePolicy(...Statement: readonly object[]): string {
  return JSON.stringify({ Version: "2012-10-17", Statement });
}
