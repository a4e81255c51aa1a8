import { describe, expect, test } from "vitest";
import { otherPin } from "../scenarios/by-hand.ts";
import { shop, type Written, wiki } from "../scenarios/documents.ts";
import { prefix, type Run, type Scenario, startScenario } from "../scenarios/harness.ts";
import { asking, elsewhere, production, staging } from "../scenarios/two-of-one-organization.ts";

/** Edits of every part that is written in IAM. */
const edits: Readonly<Record<string, Written>> = {
  "an audience less": asking(),
  "an audience more": asking("a", "c"),
  "another audience": asking("c"),
  "another organisation": elsewhere("a"),
  "another organisation and audience": elsewhere("c"),
  "fewer jobs": { trust: { projects: [{ id: shop, origin: "github.com/acme/shop" }] } },
  "other jobs": { trust: { projects: [{ id: wiki }] } },
  "no permissions": { deploy: { ecr: [] } },
  "other permissions": { deploy: { ecr: [{ repository: "demo-backend", may: ["read-images"] }] } },
  "another role": { role: { name: "CircleCI-New-Role" } },
  "another policy": { policy: { name: "CircleCI-Second-Policy" } },
  "a shorter session": { role: { maxSessionSeconds: 3600 } },
  "another tag": { role: { tags: { team: "b" } } },
  "other thumbprints": {
    circleci: { ...asking("a").circleci, thumbprints: [otherPin] },
  },
};

const before: Written = { role: { maxSessionSeconds: 7200, tags: { team: "a" } } };

/** In sync, alone on its provider or beside another environment; then the edit is made. */
async function edited(edit: Written, beside: boolean): Promise<Run> {
  const account: Scenario = await startScenario();
  await account.put(production("retain", before));
  if (beside) await account.put(staging("retain"), "staging");
  await account.run();
  await account.put(production("retain", { ...before, ...edit }));
  return account.run();
}

/**
 * FRAME 1. A run that is stopped leaves a record that names all it may have written, whatever it wrote first.
 */
describe.each([
  ["alone", false],
  ["beside another environment", true],
])("an edit of an environment %s", (_, beside) => {
  test.each(Object.entries(edits))("is recorded before IAM is written: %s", async (_name, edit) => {
    const { calls } = await edited(edit, beside);
    const written = calls.find(({ service, mutating }) => service === "iam" && mutating);
    const recorded = calls.find(
      ({ operation, input }) =>
        operation === "PutParameter" && input["Name"] === `${prefix}/applied/production`,
    );
    expect(written).toBeDefined();
    expect(recorded?.index).toBeLessThan(written?.index ?? 0);
  });
});
