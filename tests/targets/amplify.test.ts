import { expect, test } from "vitest";
import { amplify } from "../../shared/targets/amplify/kind.ts";

const app = (name: string, ...branches: readonly string[]) =>
  ({ app: name, branches, may: ["release"] }) as const;
const resolved = (name: string, appId: string) =>
  ({
    app: name,
    appId,
    appArn: `arn:aws:amplify:us-east-1:123456789012:apps/${appId}`,
    branches: "every",
    may: ["release"],
    hasRepository: true,
  }) as const;

test("an app is asked for once, and with an id that any document remembers", () => {
  const asked = amplify.ask([
    { entries: [app("shop", "main"), app("blog")], last: [], outputs: {} },
    { entries: [app("shop", "dev"), app("shop")], last: [resolved("shop", "d1")], outputs: {} },
    { entries: [app("shop", "main")], last: [resolved("shop", "d2")], outputs: {} },
  ]);
  expect(asked).toEqual([
    { app: "shop", namesBranches: true, likelyId: "d1" },
    { app: "blog", namesBranches: false, likelyId: null },
    { app: "shop", namesBranches: false, likelyId: "d1" },
  ]);
});
