// What Lambda functions need of the SDK, loaded where a document names one.
export { LambdaClient, ListAliasesCommand } from "@aws-sdk/client-lambda";
