// Loaded where no ARN names the account, or where the actor of an event may be this function.
export { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
