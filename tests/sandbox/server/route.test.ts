import { describe, expect, it } from "vitest";
import { routeOf } from "../../../sandbox/server/route.ts";

const routes = [
  { method: "GET", path: "/apps", operation: "ListApps" },
  { method: "GET", path: "/apps/{appId}", operation: "GetApp" },
  { method: "DELETE", path: "/apps/{appId}", operation: "DeleteApp" },
  { method: "GET", path: "/apps/{appId}/branches/{branchName}", operation: "GetBranch" },
  { method: "GET", path: "/tags/{resourceArn+}", operation: "ListTagsForResource" },
];

describe("a REST-JSON route", () => {
  it.each([
    ["GET", "/apps", "ListApps", {}],
    ["GET", "/apps/d1", "GetApp", { appId: "d1" }],
    ["DELETE", "/apps/d1", "DeleteApp", { appId: "d1" }],
    ["GET", "/apps/d1/branches/feature%2Fx", "GetBranch", { appId: "d1", branchName: "feature/x" }],
    ["GET", "/tags/arn%3Aaws/d1", "ListTagsForResource", { resourceArn: "arn:aws/d1" }],
  ])("%s %s is %s", (method, path, operation, labels) => {
    expect(routeOf(routes, method, path)).toEqual({ operation, labels });
  });

  it.each([
    ["POST", "/apps"],
    ["GET", "/apps/d1/branches"],
    ["GET", "/apps/d1/branches/a/b"],
    ["GET", "/elsewhere"],
  ])("%s %s is not one", (method, path) => {
    expect(routeOf(routes, method, path)).toBeNull();
  });
});
