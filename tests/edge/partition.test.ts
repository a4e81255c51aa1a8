import { expect, test } from "vitest";
import { dnsSuffixOf } from "../../shared/aws/account.ts";
import { partitionOf } from "../../shared/edge/partition.ts";

const rows = [
  ["us-east-1", "aws", "amazonaws.com", "us-east-1"],
  ["eu-central-1", "aws", "amazonaws.com", "us-east-1"],
  ["cn-north-1", "aws-cn", "amazonaws.com.cn", "cn-north-1"],
  ["cn-northwest-1", "aws-cn", "amazonaws.com.cn", "cn-north-1"],
  ["us-gov-east-1", "aws-us-gov", "amazonaws.com", "us-gov-west-1"],
  ["eusc-de-east-1", "aws-eusc", "amazonaws.eu", "eusc-de-east-1"],
  ["us-iso-west-1", "aws-iso", "c2s.ic.gov", "us-iso-east-1"],
  ["us-isob-east-1", "aws-iso-b", "sc2s.sgov.gov", "us-isob-east-1"],
  ["eu-isoe-west-1", "aws-iso-e", "cloud.adc-e.uk", "eu-isoe-west-1"],
  ["us-isof-south-1", "aws-iso-f", "csp.hci.ic.gov", "us-isof-south-1"],
  // One that is newer than the SDK.
  ["mx-north-9", "aws", "amazonaws.com", "us-east-1"],
] as const;

test.each(rows)("%s is in %s", (region, partition, dnsSuffix, iamRegion) => {
  expect(partitionOf(region)).toEqual({ partition, dnsSuffix, iamRegion });
});

test.each(rows)("in %s, outputs end as the SDK's own host names do", (region) => {
  const { partition, dnsSuffix } = partitionOf(region);
  expect(dnsSuffixOf(partition)).toBe(dnsSuffix);
});
