import { type OptionWord, type Place, stepsOf } from "./place.ts";

/** The script for fish, from 3.0 on. */
export function fishScript(places: readonly Place[]): string {
  const steps = stepsOf(places).flatMap(({ pattern, sets, to }) => [
    `            case ${quoted(pattern)}`,
    `                set ${sets} ${quoted(to)}`,
  ]);
  const rows = places.flatMap(({ path, words, options, files }) => {
    const here = `complete -c oidc-reconciler -n ${quoted(`__oidc_reconciler_at ${quoted(path)}`)}`;
    return [
      ...words.map(({ text, summary }) => `${here} -a ${quoted(text)} -d ${quoted(summary)}`),
      ...(files ? [`${here} -F`] : []),
      ...options.map((option) => `${here} ${optionOf(option)}`),
    ];
  });
  return `# Completion of oidc-reconciler in fish: oidc-reconciler completion fish | source
function __oidc_reconciler_at
    set -l place ''
    set -l takes ''
    set -l typed (commandline -opc)
    set -e typed[1]
    for word in $typed
        if test -n "$takes"
            set takes ''
            continue
        end
        switch "$place|$word"
${steps.join("\n")}
        end
    end
    test "$place" = "$argv[1]"
end
complete -c oidc-reconciler -f
${rows.join("\n")}
`;
}

function optionOf({ text, short, summary, value }: OptionWord): string {
  const names = `-l ${text.slice(2)}${short === null ? "" : ` -s ${short}`}`;
  const taken = { none: "", file: " -r -F", other: " -x" } as const;
  return `${names}${taken[value]} -d ${quoted(summary)}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll(/['\\]/g, "\\$&")}'`;
}
