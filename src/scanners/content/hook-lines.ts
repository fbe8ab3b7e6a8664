// Reads what a lifecycle command line does, as facts for rules: inline programs, other packages, background starts.
import type { InstallHook, PackageContents } from '../../model/package-contents.ts'
import type { Fact } from './flow/facts.ts'
import { inlineCode } from './inline-code.ts'

const SHAPES: readonly (readonly [RegExp, string])[] = [
  [
    /(?:^|[\s;&|(`"'])(?:curl|wget)(?:\.exe)?\s[^\n]{0,300}(?:https?:\/\/|ftp:\/\/|\$|`|\b[\w-]{1,60}\.[a-z]{2,12}\b|\d{1,3}\.\d{1,3}\.)/,
    'hook-download',
  ],
  [
    /\b(?:nslookup|dig|ping|host|telnet|nc|ncat)\s+[^\n&|;]*(?:[\w-]+\.[a-z]{2,12}\b|\d{1,3}\.\d{1,3}\.|`|\$\()/,
    'hook-probe',
  ],
  [/\b(?:powershell|pwsh)(?:\.exe)?\b/i, 'hook-powershell'],
  [
    /(?:^|[;&|(]|\b(?:start|call|cmd|cscript|wscript|sudo|exec)\s(?:\s?\/\w{1,4}\s{1,3}|\s?""\s)?)\s{0,3}["']?(?:[\w.-]{1,60}[\\/]){0,6}(?!(?:npm|npx|yarn|pnpm|node|node-gyp|cmd)\.)[\w.-]{1,60}\.(?:bat|cmd|ps1|vbs|exe|scr|hta|lnk)(?=$|[\s;&|"')])/i,
    'hook-windows-script',
  ],
  [/\b(?:mshta|rundll32|regsvr32|certutil|bitsadmin|cscript|wscript)(?:\.exe)?\b/i, 'hook-windows-host'],
  [
    /\b(?:npx|pnpx|bunx|npm exec|pnpm dlx|yarn dlx)\s+(?:-y\s+|--yes\s+)?(?!node-gyp|only-allow|husky|prebuild|simple-git-hooks|patch-package|lefthook|cmake-js|node-pre-gyp|playwright|napi|msw|ngcc)[@\w]/,
    'hook-runs-other-package',
  ],
  [
    /\b(?:npm|pnpm|yarn|bun)\s+(?:i|install|add)\s+(?:-[\w-]+\s+)*(?:https?:|git\+|git:|[\w.-]+\/[\w.-]+#)/,
    'hook-installs-foreign',
  ],
  [
    /\b(?:npm|pnpm|yarn|bun)\s+(?:i|install|add)\s+(?:-[\w-]+\s+)*(?![-.&|;]|$)[@\w]/,
    'hook-installs-package',
  ],
  [/\b(?:npm|yarn|pnpm)\s+(?:config\s+)?set\s+[^\n&|;]*registry|--registry[ =]https?:/, 'hook-sets-registry'],
  [/\bpip[\d.]*\s+install\b/, 'hook-installs-package'],
  [/(?:^|[^&>\d])&\s*$|\bnohup\b|\bsetsid\b|\bstart\s+\/b\b|\bdisown\b/i, 'hook-background'],
  [/\bsetup_bun\.js\b|\bbun_environment\.js\b|\bsetup\.mjs\b|\bbun\.sh\/install\b/, 'hook-bun-loader'],
  [
    /(?:^|[\s;&|("'])(?:chmod\s+(?:\+x|[0-7]{3,4}|[ua]\+x)\s|\.\/[\w./-]+\.(?:bin|elf|exe|out)\b|start\s+[^\n&|]*\.exe\b)/,
    'hook-starts-binary',
  ],
  [/\b(?:start|open|xdg-open)\s+https?:/, 'hook-opens-page'],
  [
    /(?:^|[\s;&|(`"'$])(?:whoami|hostname|ifconfig|ipconfig|systeminfo|printenv|cat\s+\/etc\/passwd|uname -a)\b/,
    'hook-reconnaissance',
  ],
]

/** What gyp asks a script for is its output; a script whose output is thrown away is run for something else. */
const SILENT_SCRIPT =
  /\b(?:node|bun|python3?|sh|bash)\s+(?!-)[\w./\\-]+[^\n]{0,80}(?:>\s{0,3}(?:\/dev\/null|nul\b)|&&\s{0,3}echo\b)/i

/** Facts of one hook's own command line. */
export function factsOfHook(hook: InstallHook, contents: PackageContents): Fact[] {
  const facts: Fact[] = [{ query: 'install-hook', at: 0 }]
  const inline = inlineCode(hook.script)
  if (inline.length > 0) facts.push({ query: 'hook-inline-code', at: 0 })
  for (const [shape, query] of SHAPES) {
    const match = shape.exec(hook.script)
    if (match) facts.push({ query, at: match.index })
  }
  const silent = hook.name.startsWith('binding.gyp') ? SILENT_SCRIPT.exec(hook.script) : null
  if (silent) facts.push({ query: 'gyp-silent-script', at: silent.index })
  if (hasLoaderShape(contents)) facts.push({ query: 'hook-bun-loader', at: 0 })
  return facts
}

const LOADER_BYTES = 500_000

/** A small starter beside a very large script: how the second npm worm came. */
function hasLoaderShape(contents: PackageContents): boolean {
  const hooked = new Set(contents.hooks.flatMap((hook) => hook.reaches))
  const large = contents.entries.some(
    (entry) =>
      /(?:^|\/)bun_environment\.js$|(?:^|\/)bundle\.js$/.test(entry.path) &&
      entry.sizeBytes > LOADER_BYTES &&
      hooked.has(entry.path),
  )
  const starter = contents.entries.some((entry) =>
    /(?:^|\/)setup_bun\.js$|(?:^|\/)setup\.mjs$/.test(entry.path),
  )
  return large && starter
}
