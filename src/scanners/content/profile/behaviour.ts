// What the code of a package does by itself, as signs with weights: each is honest alone, few packages have several.
import type { Reach } from '../../../model/finding.ts'
import type { CodeFile } from '../code-files.ts'
import { measuresOf } from '../measures.ts'
import { isScript, type ScriptFacts } from '../script-analyses.ts'

/** Facts of code scanners that weigh something. */
const WEIGHTS: Readonly<Record<string, number>> = {
  'network-soon': 3,
  network: 1,
  'process-soon': 2,
  process: 1,
  'evaluates-soon': 2,
  evaluates: 1,
  decodes: 1,
  unpacks: 1,
  'encoded-literal': 1,
  'asks-host': 2,
  'asks-home': 1,
  'reads-credentials': 2,
  'computed-name': 3,
  'hidden-name': 3,
  'joined-name': 2,
  'name-lookup': 2,
  'wallet-key-sent': 2,
  'secrets-sent': 2,
  'writes-elsewhere': 2,
  'loads-binary': 3,
  'whole-environment': 2,
  'page-secrets': 1,
  'page-beacon': 1,
  'reads-headers': 1,
  'script-element': 2,
  'wallet-words': 1,
  'main-module': 1,
  encrypts: 1,
  'spelled-in-numbers': 3,
  'computed-global': 2,
  'network-module': 1,
  'reads-requests': 1,
  'names-env-file': 1,
  'miner-words': 3,
  packed: 3,
  obfuscated: 3,
}

/** A fact that says more than another of the same kind stands for both. */
const IMPLIED: readonly (readonly [string, string])[] = [
  ['network-soon', 'network'],
  ['process-soon', 'process'],
  ['evaluates-soon', 'evaluates'],
  ['network-soon', 'network-module'],
  ['network', 'network-module'],
]

/** Code files that run so early, with what was read of them. */
export type RunningCode = ReadonlyMap<CodeFile, ScriptFacts | undefined>

export function filesThatRun(
  files: readonly CodeFile[],
  facts: ReadonlyMap<CodeFile, ScriptFacts>,
  reach: Reach,
): RunningCode {
  const early = files.filter((file) => isScript(file) && file.reach() === reach)
  return new Map(early.map((file) => [file, facts.get(file)]))
}

/** Signs of all these files together, the heaviest first. */
export function behaviourSigns(code: RunningCode): string[] {
  const signs = new Set<string>()
  for (const [file, facts] of code) {
    for (const query of facts ?? []) if (Object.hasOwn(WEIGHTS, query)) signs.add(query)
    for (const sign of spellingSigns(file)) signs.add(sign)
  }
  const found = new Set(signs)
  for (const [more, less] of IMPLIED) if (found.has(more)) signs.delete(less)
  return [...signs].sort((a, b) => weightOf([b]) - weightOf([a]))
}

export function weightOf(signs: readonly string[]): number {
  return signs.reduce((sum, sign) => sum + (WEIGHTS[sign] ?? 0), 0)
}

/** Spellings in the text that weigh something, whatever becomes of them. */
const SPELLINGS: readonly (readonly [string, RegExp])[] = [
  [
    'whole-environment',
    /\bprocess\.env\b(?!\s{0,2}(?:\.|\[|\?\.)|["'`])|\bprocess\[["']env["']\](?!\s{0,2}[.[])/,
  ],
  [
    'page-secrets',
    /\bdocument\.cookie\b|\blocalStorage\b|["']key(?:down|up|press)["']|["']submit["']|\btype["']?\s?[=:]\s?["']?password/,
  ],
  [
    'script-element',
    /createElement\(["'`]script["'`]\)[^\n]{0,300}["'`]https?:|["'`]https?:[^\n]{0,300}createElement\(["'`]script["'`]\)/,
  ],
  [
    'wallet-words',
    /\b(?:mnemonic|seed_?phrase|private_?key|secret_?key|fromSecretKey|eth_sendTransaction|sendTransaction)\b/i,
  ],
  ['network-module', /\brequire\(["'](?:node:)?(?:https?|net|dgram|tls)["']\)/],
  ['reads-requests', /\breq(?:uest)?\.(?:body|headers|cookies)\b/],
  ['names-env-file', /["'`/]\.env(?:\.\w{1,12})?["'`]/],
  ['miner-words', /\bxmrig\b|--donate-level|\bstratum\+(?:tcp|ssl)/i],
  ['page-beacon', /\bnew Image\b|\bsendBeacon\(/],
  [
    'reads-headers',
    /\bheaders\??\.[Aa]uthorization\b(?!\s?=[^=])|\bheaders\[["'][Aa]uthorization["']\](?!\s?=[^=])/,
  ],
  ['loads-binary', /\bprocess\.dlopen\(/],
  ['packed', /\bfunction\s?\(p,a,c,k,e,[dr]\)/],
  ['main-module', /\bprocess\.mainModule\b/],
  ['encrypts', /\bcreateCipheriv\(|\bpublicEncrypt\(/],
  [
    'spelled-in-numbers',
    /\bBuffer\.from\(\[\s?\d{2,3}(?:,\s?\d{2,3}){3,}|fromCharCode\(\s?\d{2,3}(?:,\s?\d{2,3}){3,}/,
  ],
  ['computed-global', /\b(?:global|globalThis|window|self)\[\s?(?![\s"'`\]\d]|Symbol|key\]|name\])/],
]

function spellingSigns({ text, path }: CodeFile): string[] {
  const signs = SPELLINGS.flatMap(([sign, pattern]) => (pattern.test(text.text) ? [sign] : []))
  const isMinified = /\.min\.[cm]?js$/.test(path)
  return isMinified || !isObfuscated(text.bytes) ? signs : [...signs, 'obfuscated']
}

const OBFUSCATED: Readonly<Record<string, number>> = {
  'hex-name-share': 1,
  'escaped-letter-share': 100,
  'bracket-run': 1,
  'odd-names': 5,
}

/** Names of numbers, letters as escapes, or code of brackets only. */
function isObfuscated(bytes: Uint8Array): boolean {
  return measuresOf(bytes).some(({ name, value }) => value >= (OBFUSCATED[name] ?? Number.POSITIVE_INFINITY))
}
