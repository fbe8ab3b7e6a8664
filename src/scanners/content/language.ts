// Says in which language a file is written: by name, by its first line, or because an install hook runs it.

export type Language =
  | 'javascript'
  | 'typescript'
  | 'python'
  | 'shell'
  | 'powershell'
  | 'batch'
  | 'perl'
  | 'ruby'
  | 'php'
  | 'lua'
  | 'html'
  | 'other'

const BY_EXTENSION: Readonly<Record<string, Language>> = {
  js: 'javascript',
  cjs: 'javascript',
  mjs: 'javascript',
  jsx: 'javascript',
  es6: 'javascript',
  ts: 'typescript',
  mts: 'typescript',
  cts: 'typescript',
  tsx: 'typescript',
  py: 'python',
  pyw: 'python',
  pth: 'python',
  sh: 'shell',
  bash: 'shell',
  zsh: 'shell',
  ksh: 'shell',
  command: 'shell',
  ps1: 'powershell',
  psm1: 'powershell',
  bat: 'batch',
  cmd: 'batch',
  vbs: 'batch',
  hta: 'html',
  pl: 'perl',
  pm: 'perl',
  rb: 'ruby',
  php: 'php',
  lua: 'lua',
  html: 'html',
  htm: 'html',
  svg: 'html',
}

const BY_INTERPRETER: readonly (readonly [RegExp, Language])[] = [
  [/\b(?:node|nodejs|bun|deno|tsx|ts-node)\b/, 'javascript'],
  [/\bpy(?:thon|py)?[\d.]*\b/, 'python'],
  [/\b(?:powershell|pwsh)\b/, 'powershell'],
  [/\bperl\b/, 'perl'],
  [/\bruby\b/, 'ruby'],
  [/\bphp\b/, 'php'],
  [/\blua\b|<lua>/, 'lua'],
  [/\b(?:ba|da|a|z|k|mk)?sh\b|\bshell\b/, 'shell'],
]

/** Language of an interpreter's name or path, `other` when none of ours. */
export function languageOfInterpreter(interpreter: string): Language {
  return BY_INTERPRETER.find(([name]) => name.test(interpreter))?.[1] ?? 'other'
}

/** Type declarations hold no code: nothing of them runs. */
export function languageOfPath(path: string): Language | undefined {
  if (/\.d\.[mc]?ts$/i.test(path)) return 'other'
  const dot = path.lastIndexOf('.')
  if (dot <= path.lastIndexOf('/')) return undefined
  return BY_EXTENSION[path.slice(dot + 1).toLowerCase()]
}

/** By `#!` line. */
export function languageOfContent(bytes: Uint8Array): Language | undefined {
  if (bytes[0] !== 0x23 || bytes[1] !== 0x21) return undefined
  const line = Buffer.from(bytes.subarray(2, 130)).toString('latin1').split('\n')[0] ?? ''
  return languageOfInterpreter(line)
}

/** What a file without a telling name looks like; asked only of files that something runs. */
export function guessLanguage(head: string): Language {
  if (/^\s{0,20}(?:import [\w.]{1,60}|from [\w.]{1,60} import|def \w{1,60}\()/m.test(head)) return 'python'
  if (/\b(?:require\(|function[ (]|const |var |let |=>)/.test(head)) return 'javascript'
  return 'other'
}
