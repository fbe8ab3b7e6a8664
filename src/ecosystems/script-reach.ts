// What an install script of a system package runs: its interpreter, and the files of the package it names, transitively.
import type { PackageEntry } from '../model/package-contents.ts'

/** Where a command without a path is looked for. */
const COMMAND_FOLDERS = ['usr/bin/', 'usr/sbin/', 'bin/', 'sbin/', 'usr/local/bin/', 'usr/local/sbin/']
/** The word at the head of a line or after an operator, over words that run what follows them. */
const COMMAND =
  /(?:^|[;&|(`{])[ \t]*(?:(?:if|then|else|elif|do|while|until|exec|env|nohup|time|!)[ \t]+)*([\w.+-]+)/gm
const MOST_REACHED = 500
const MOST_SCRIPT_BYTES = 1024 * 1024
const MOST_TEXT_BYTES = 16 * 1024 * 1024
const MOST_LINKS = 8

const SHELLS = new Set(['sh', 'bash', 'dash', 'ash', 'ksh', 'zsh', 'busybox'])

/** `shell`, `python`, `node`, `lua` or the path in the first line; a text without one is run by the shell. */
export function interpreterOf(script: string): string {
  const line = /^#![ \t]*(\S+)(?:[ \t]+(\S+))?/.exec(script)
  if (!line) return 'shell'
  const program = line[1] ?? ''
  const viaEnv = program.endsWith('/env') ? line[2] : undefined
  return interpreterName(viaEnv ?? program)
}

/** The short name of an interpreter that scanners know, or the program as it is. */
export function interpreterName(program: string): string {
  if (program === '<lua>') return 'lua'
  const base = program.slice(program.lastIndexOf('/') + 1)
  if (SHELLS.has(base)) return 'shell'
  if (/^python[\d.]*$/.test(base)) return 'python'
  if (base === 'node' || base === 'nodejs') return 'node'
  if (/^lua[\d.]*$/.test(base)) return 'lua'
  return program
}

export interface ScriptReach {
  /** Paths of the package's own files that the script names, and those that these name in turn. */
  reachedBy(script: string): string[]
}

/** Looks up names in one package's entries; build it once for all its scripts. */
export function scriptReach(entries: readonly PackageEntry[]): ScriptReach {
  const byPath = new Map(entries.map((entry) => [entry.path, entry]))
  return { reachedBy: (script) => [...walk(script, byPath)] }
}

function walk(script: string, byPath: ReadonlyMap<string, PackageEntry>): Set<string> {
  const reached = new Set<string>()
  const texts = [script]
  let textBytes = 0
  for (let text = texts.pop(); text !== undefined; text = texts.pop()) {
    for (const path of namedPaths(text)) {
      const file = followLinks(path, byPath)
      if (!file || reached.has(file.path) || reached.size >= MOST_REACHED) continue
      reached.add(file.path)
      const nested = scriptText(file)
      textBytes += nested?.length ?? 0
      if (nested !== undefined && textBytes <= MOST_TEXT_BYTES) texts.push(nested)
    }
  }
  return reached
}

/** Every reading of a word as a path inside the package: `$ROOT/usr/lib/x`, `usr/lib/x`, or a command. */
function* namedPaths(text: string): Generator<string> {
  for (const [word] of text.matchAll(/[\w.+@%,:=~/-]+/g)) {
    if (!word.includes('/')) continue
    const clean = word.replace(/[.,:]+$/, '')
    for (let at = -1, tries = 0; tries < 16; tries++) {
      yield clean.slice(at + 1).replace(/^\.?\/+/, '')
      at = clean.indexOf('/', at + 1)
      if (at < 0) break
    }
  }
  for (const [, command] of text.matchAll(COMMAND)) {
    for (const folder of COMMAND_FOLDERS) yield folder + command
  }
}

function followLinks(path: string, byPath: ReadonlyMap<string, PackageEntry>): PackageEntry | undefined {
  let entry = byPath.get(path)
  for (let links = 0; entry && entry.type !== 'file'; links++) {
    if (entry.linkTarget === undefined || links >= MOST_LINKS) return undefined
    const isSymlink = entry.type === 'symlink'
    entry = byPath.get(isSymlink ? resolveLink(entry.path, entry.linkTarget) : trimRoot(entry.linkTarget))
  }
  return entry
}

function resolveLink(from: string, target: string): string {
  const parts = target.startsWith('/') ? [] : from.split('/').slice(0, -1)
  for (const part of target.split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '' && part !== '.') parts.push(part)
  }
  return parts.join('/')
}

function trimRoot(path: string): string {
  return path.replace(/^(?:\.?\/)+/, '')
}

/** Text of a file that an interpreter would read; undefined for programs and for what is too large or not kept. */
function scriptText(entry: PackageEntry): string | undefined {
  const { content } = entry
  if (!content || content.length > MOST_SCRIPT_BYTES || content.subarray(0, 4096).includes(0))
    return undefined
  return Buffer.from(content.buffer, content.byteOffset, content.byteLength).toString('utf8')
}
