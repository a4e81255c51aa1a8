import { type Place, stepsOf } from "./place.ts";

/** The script for bash, 3.2 too, which has neither `mapfile` nor `compopt`. */
export function bashScript(places: readonly Place[]): string {
  const steps = stepsOf(places).map(
    ({ pattern, sets, to }) => `      "${pattern}") ${sets}="${to}" ;;`,
  );
  const arms = places.map(({ path, words, options, files }) => {
    const names = words.map(({ text }) => text).join(" ");
    const flags = options.map(({ text }) => text).join(" ");
    return `    "${path}") words="${names}" options="${flags}" files="${files ? "yes" : ""}" ;;`;
  });
  return `# Completion of oidc-reconciler in bash: source <(oidc-reconciler completion bash)
_oidc_reconciler() {
  local cur=\${COMP_WORDS[COMP_CWORD]} place="" takes="" words="" options="" files="" word at
  for ((at = 1; at < COMP_CWORD; at++)); do
    word=\${COMP_WORDS[at]}
    if [[ -n $takes ]]; then
      # bash makes three words of --option=value.
      [[ $word == "=" ]] || takes=""
      continue
    fi
    case "$place|$word" in
${steps.join("\n")}
    esac
  done
  case "$place" in
${arms.join("\n")}
  esac
  [[ $cur == "=" ]] && cur=""
  COMPREPLY=()
  if [[ -n $takes ]]; then
    words="" options="" files=$takes
    [[ $takes == "file" ]] || return 0
  elif [[ $cur == -* ]]; then
    words=$options files=""
  fi
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
  if [[ -n $files ]]; then
    compopt -o filenames 2>/dev/null
    while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -f -- "$cur")
  fi
}
complete -F _oidc_reconciler oidc-reconciler
`;
}
