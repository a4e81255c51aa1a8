// What an alert needs of the SDK, loaded with the first alert and not with every cold start.
export { EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
