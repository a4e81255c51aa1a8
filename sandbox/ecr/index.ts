/**
 * Elastic Container Registry: repositories, images by their manifests, and the authorization token.
 * A push goes to the default bus as `ECR Image Action`. Left out: layers, and a registry that
 * accepts the token.
 */

import type { Emit } from "../eventbridge/event.ts";
import {
  type Authorization,
  requestTagContext,
  resourceTagContext,
  tagsIn,
  textIn,
  textsIn,
} from "../input/authorization.ts";
import type { Members } from "../input/members.ts";
import { operationsOf, perRegion } from "../input/operations.ts";
import type { Paging } from "../input/page.ts";
import { refused } from "../input/refusal.ts";
import type { Call, Service } from "../server/operation.ts";
import { batchGetImage, describeImages, listImages, putImage } from "./image.ts";
import {
  createRepository,
  deleteRepository,
  describeRepositories,
  type Repositories,
  repositoryArn,
} from "./repository.ts";

const tokenLifeMs = 12 * 60 * 60 * 1000;

/** The service, with one state for each Region. */
export function ecr(dependencies: { readonly emit: Emit; readonly paging: () => Paging }): Service {
  const { emit, paging } = dependencies;
  const stateOf = perRegion((): Repositories => new Map());
  return {
    name: "ecr",
    protocol: "json-1.1",
    targetPrefix: "AmazonEC2ContainerRegistry_V20150921",
    operations: operationsOf({
      handlers: {
        CreateRepository: createRepository,
        DescribeRepositories: (state, members, call) =>
          describeRepositories(state, members, call, paging()),
        DeleteRepository: deleteRepository,
        GetAuthorizationToken: (_, members, call) => authorizationToken(members, call),
        ListImages: (state, members, call) => listImages(state, members, call, paging()),
        DescribeImages: (state, members, call) => describeImages(state, members, call, paging()),
        PutImage: (state, members, call) => putImage(state, members, call, emit),
        BatchGetImage: batchGetImage,
      },
      stateOf,
      refuse: ({ member, constraint }) =>
        refused(
          "InvalidParameterException",
          `Invalid parameter at '${member}' failed to satisfy constraint: '${constraint}'`,
        ),
    }),
    keep: stateOf.keep,
    authorize: (call) => authorizeRegistry(stateOf(call), call),
  };
}

/** GetAuthorizationToken: a password for `docker login`, good for twelve hours. */
function authorizationToken(members: Members, call: Call): object {
  const registries = members.optionalTexts("registryIds", { min: 1, max: 10 }) ?? [call.account];
  return {
    authorizationData: registries.map((registry) => ({
      authorizationToken: Buffer.from(`AWS:sandbox-${registry}-${call.requestId}`).toString(
        "base64",
      ),
      expiresAt: new Date(call.now.getTime() + tokenLifeMs),
      proxyEndpoint: `https://${registry}.dkr.ecr.${call.region}.amazonaws.com`,
    })),
  };
}

/** Every action is on a repository, except GetAuthorizationToken, which IAM knows only with `*`. */
function authorizeRegistry(state: Repositories, call: Call): readonly Authorization[] {
  const action = `ecr:${call.operation}`;
  if (call.operation === "GetAuthorizationToken") return [{ action, resource: "*" }];
  const one = textIn(call.input, "repositoryName");
  const names = one === null ? textsIn(call.input, "repositoryNames") : [one];
  const tags = call.operation === "CreateRepository" ? tagsIn(call.input, "tags") : new Map();
  return (names.length > 0 ? names : ["*"]).map((name) => ({
    action,
    resource: repositoryArn(call, name),
    context: new Map([
      ...requestTagContext(tags),
      ...resourceTagContext(state.get(name)?.tags ?? new Map(), "ecr"),
    ]),
  }));
}
