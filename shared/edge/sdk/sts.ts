// Who we are is asked where no ARN tells the account, or where an actor may be ourselves.
export { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
