import { fromEnv } from "@aws-sdk/credential-provider-env";

/**
 * Replaces the SDK's whole chain of credential providers in the functions' bundles: Lambda
 * hands a function its role's credentials in the environment, and every kilobyte is cold start.
 * The command keeps the whole chain.
 */
export const defaultProvider = fromEnv;
