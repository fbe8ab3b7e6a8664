// Tells the commands of honest install hooks from those of others: builders, fetchers of prebuilt parts, messages.
const SEPARATORS = /\s*(?:&&|\|\||[;|&\n])\s*/

const KNOWN =
  /^(?:node|nodejs|npm|npx|yarn|pnpm|bun|deno|echo|exit|true|false|:|test|\[|cd|mkdir|cp|mv|rm|ls|cat|touch|ln|chmod|make|cmake|git|is-ci|only-allow|husky|patch-package|cross-env|cross-env-shell|run-s|run-p|npm-run-all|tsc|rimraf|del-cli|shx|lerna|ngcc|bower|gulp|grunt|webpack|rollup|vite|tsup|simple-git-hooks|lefthook|prisma|electron-builder|electron-rebuild|nuxi|nuxt|opencollective|opencollective-postinstall|postinstall|[\w@/-]*(?:gyp|prebuil|cmake-js|napi|postinstall|install-from-cache|neon)[\w-]*|install-[\w-]+|sh|bash|pkg-config|python3?|set|export|if|then|fi|else|command|exist|not)$/

/** First words of a command line's commands that install hooks do not otherwise use. */
export function unknownCommands(script: string): string[] {
  const bare = script.replace(/"[^"]*"|'[^']*'/g, '""').replace(/[<>]!@?\([^)]*\)|\$\([^)]*\)/g, '')
  return bare
    .split(SEPARATORS)
    .map((command) => firstWord(command))
    .filter((word) => word !== '' && !KNOWN.test(word))
}

function firstWord(command: string): string {
  const words = command
    .trim()
    .replace(/^[({!@\s]+/, '')
    .split(/\s+/)
  const word = words.find((each) => !/^[\w]+=/.test(each)) ?? ''
  return word.replace(/[)}]+$/, '').replace(/\.(?:cmd|exe)$/, '')
}
