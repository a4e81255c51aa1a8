// What an alert needs of the SDK, loaded with the first alert and not with every cold start.
export { PublishCommand, SNSClient } from "@aws-sdk/client-sns";
