import type { PageData } from "../data.ts";
import { type Html, html, type Part } from "../html.ts";
import type { Limits } from "../limits.ts";
import { countOf, table } from "../shown.ts";

/** More rows than this name their actions by a number, and a list says what each number is. */
const spelledMax = 150;

/** So many environments of one resource are named. */
const namesMax = 12;

type Granted = {
  readonly resource: string;
  readonly actions: string;
  readonly environments: string[];
};

/** What jobs may do, by the live ARN of what they may do it to. */
export function maySection({ environments }: PageData, { resources }: Limits): Html {
  const granted = grantedIn(environments);
  const sets = [...new Set(granted.map(({ actions }) => actions))];
  const isShort = granted.length > spelledMax;
  const doing = ({ actions }: Granted): Part =>
    isShort ? `set ${sets.indexOf(actions) + 1}` : html`<code>${actions}</code>`;
  const legend: Part =
    isShort &&
    table({
      caption: "The sets of actions that the table below names",
      label: "Sets of actions",
      heads: ["Set", "Actions"],
      rows: sets.map(
        (actions, at) =>
          html`<tr><th scope="row">set ${at + 1}</th><td><code>${actions}</code></td></tr>`,
      ),
    });
  return html`<section aria-labelledby="may"><h2 id="may">What jobs may do</h2>
    <p>By the policy of the version in force, with the ARNs that AWS gave the targets when a run saw them last. A target that was never found has no permission at all.</p>${legend}
    ${table({
      caption:
        granted.length > resources
          ? `The first ${resources} of ${granted.length} resources; the data has all`
          : countOf(granted.length, "resource"),
      label: "Permissions by live ARN",
      heads: ["Live ARN", "Actions", "Environments"],
      rows: granted
        .slice(0, resources)
        .map(
          (each) =>
            html`<tr><th scope="row"><code>${each.resource}</code></th><td>${doing(each)}</td><td>${namesIn(each)}</td></tr>`,
        ),
    })}</section>`;
}

function grantedIn(environments: PageData["environments"]): readonly Granted[] {
  const byKey = new Map<string, Granted>();
  for (const { name, permissions } of environments) {
    for (const { resource, actions } of permissions) {
      const text = byService(actions);
      const key = JSON.stringify([resource, text]);
      const known = byKey.get(key) ?? { resource, actions: text, environments: [] };
      known.environments.push(name);
      byKey.set(key, known);
    }
  }
  return [...byKey.values()].toSorted((left, right) => (left.resource < right.resource ? -1 : 1));
}

/** `ecr:A, B; iam:C`: the service once. */
function byService(actions: readonly string[]): string {
  const groups = Map.groupBy(actions, (action) => action.slice(0, action.indexOf(":") + 1));
  return [...groups]
    .map(([service, own]) => service + own.map((each) => each.slice(service.length)).join(", "))
    .join("; ");
}

function namesIn({ environments }: Granted): string {
  const more = environments.length - namesMax;
  const names = environments.slice(0, namesMax).join(", ");
  return more > 0 ? `${names} and ${more} more` : names;
}
