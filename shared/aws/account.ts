/** The AWS account that is reconciled: its twelve digits and the partition of its ARNs. */
export type Account = { readonly id: string; readonly partition: string };

/** What host names end in, where it is not `amazonaws.com`; a test holds it against the SDK's data. */
const dnsSuffixes: Readonly<Record<string, string>> = {
  "aws-cn": "amazonaws.com.cn",
  "aws-eusc": "amazonaws.eu",
  "aws-iso": "c2s.ic.gov",
  "aws-iso-b": "sc2s.sgov.gov",
  "aws-iso-e": "cloud.adc-e.uk",
  "aws-iso-f": "csp.hci.ic.gov",
};

/** What host names of a partition end in. */
export function dnsSuffixOf(partition: string): string {
  return dnsSuffixes[partition] ?? "amazonaws.com";
}
