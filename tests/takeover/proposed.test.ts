import { expect, test } from "vitest";
import { proposedDeploy } from "../../shared/takeover/permissions.ts";
import { account, region } from "../plan/targets.ts";
import { managed, policyText } from "./taking.ts";

const at = (service: string, place: string, resource: string) =>
  `arn:aws:${service}:${place}:${account.id}:${resource}`;

function proposed(...Resource: readonly string[]) {
  const text = policyText({ Effect: "Allow", Action: "*", Resource });
  return proposedDeploy([managed(text), managed(null)], { account, region });
}

test("what policies name is looked up, each target once with all of its words", () => {
  const deploy = proposed(
    at("ecr", region, "repository/shop/web"),
    at("ecr", "*", "repository/shop/web"),
    at("apprunner", region, "service/shop-api/*"),
    at("lambda", region, "function:worker"),
    at("lambda", region, "function:worker:*"),
    at("amplify", region, "apps/d1front/branches/main/jobs/*"),
    at("amplify", region, "apps/d1front/branches/feature%2Fx/*"),
    at("amplify", region, "apps/d1front/branches/feature/x/*"),
    at("ecs", region, "service/web/api"),
  );
  expect(deploy).toMatchObject({
    region,
    ecr: [{ repository: "shop/web", may: ["push", "read-images"] }],
    appRunner: [{ service: "shop-api", may: ["deploy", "watch", "update"] }],
    lambda: ["worker"],
    amplify: [{ app: "d1front", branches: ["main", "feature/x"], may: ["release", "upload"] }],
    ecsExpress: [{ cluster: "web", service: "api" }],
    ecs: [{ cluster: "web", service: "api" }],
  });
});

test("what no document can name is not looked up, and keeps nothing else from it", () => {
  const deploy = proposed(
    at("ecr", region, "repository/Capital"),
    at("ecr", region, "repository/shop"),
    at("ecr", region, "repository/*"),
    at("apprunner", region, "service/x/*"),
    at("lambda", region, "function:oidc-reconciler-prod-reconcile"),
    `arn:aws:ecr:${region}:999988887777:repository/theirs`,
    "arn:aws:s3:::bucket/*",
    "*",
  );
  expect(deploy).toMatchObject({ ecr: [{ repository: "shop" }], appRunner: [], lambda: [] });
});

test("the Region is that of most targets, and the given one where none is ahead", () => {
  const web = at("ecr", "eu-west-1", "repository/web");
  const api = at("ecr", "eu-west-1", "repository/api");
  const here = at("ecr", region, "repository/here");
  expect(proposed(web, api, here)).toMatchObject({
    region: "eu-west-1",
    ecr: [{ repository: "web" }, { repository: "api" }],
  });
  expect(proposed(web, here)).toMatchObject({ region, ecr: [{ repository: "here" }] });
  expect(proposed("*").region).toBe(region);
});
