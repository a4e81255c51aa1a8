import { type Place, stepsOf, type Word } from "./place.ts";

/** The script for zsh: for `fpath` as `_oidc-reconciler`, or to be sourced. */
export function zshScript(places: readonly Place[]): string {
  const steps = stepsOf(places).map(
    ({ pattern, sets, to }) => `      ${quoted(pattern)}) ${sets}=${quoted(to)} ;;`,
  );
  const arms = places.flatMap(({ path, words, options, files }) => [
    `    ${quoted(path)})`,
    `      names=(${words.map(described).join(" ")})`,
    `      options=(${options.map(described).join(" ")})`,
    `      files=${files ? "yes" : ""} ;;`,
  ]);
  return `#compdef oidc-reconciler
# Completion of oidc-reconciler in zsh: source <(oidc-reconciler completion zsh)
_oidc-reconciler() {
  local place="" takes="" files="" word
  local -a names options
  for word in "\${(@)words[2,CURRENT-1]}"; do
    if [[ -n $takes ]]; then
      takes=""
      continue
    fi
    case "$place|$word" in
${steps.join("\n")}
    esac
  done
  if [[ $PREFIX == --*=* ]]; then
    case "$place|\${PREFIX%%=*}" in
${steps.join("\n")}
    esac
    compset -P "*="
  fi
  case $takes in
    file) _files; return ;;
    other) return ;;
  esac
  case "$place" in
${arms.join("\n")}
  esac
  if [[ $PREFIX == -* ]]; then
    _describe -o option options
    return
  fi
  (( $#names )) && _describe command names
  [[ -n $files ]] && _files
}
if [[ \${funcstack[1]} == _oidc-reconciler ]]; then
  _oidc-reconciler "$@"
else
  compdef _oidc-reconciler oidc-reconciler
fi
`;
}

/** A word for `_describe`, which parts it from its summary at the first colon. */
function described({ text, summary }: Word): string {
  return quoted(`${text.replaceAll(":", "\\:")}:${summary}`);
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
