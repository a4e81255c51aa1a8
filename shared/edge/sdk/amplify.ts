// What Amplify apps need of the SDK, loaded where a document names one.
export { AmplifyClient, ListAppsCommand, ListBranchesCommand } from "@aws-sdk/client-amplify";
