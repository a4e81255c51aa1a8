// What invoking the deployed function needs of the SDK: a command does, and no function.
export { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
