// What Amplify apps need of the SDK, loaded where a document names one.
export { AmplifyClient, paginateListApps, paginateListBranches } from "@aws-sdk/client-amplify";
