// Which files of the package a lifecycle command runs: those it names, and those that they name in turn.
import { posix } from 'node:path'
import type { PackageTree } from './module-resolution.ts'

const MAX_REACHED = 400
const MAX_TEXT_BYTES = 8 * 1024 * 1024
const MAX_COMMANDS = 50
const SCRIPT = /\.[cm]?[jt]sx?$/
const RUNS_SCRIPTS = /^(?:npm|yarn|pnpm|bun|run-s|run-p|npm-run-all|node)$/
// Module specifiers: after require, import, from and the like.
const SPECIFIER =
  /(?:\brequire(?:\.resolve)?\s{0,4}\(|\bimport\s{0,4}\(|\bfrom|\bimport)\s{0,4}["'`]([^"'`\n]{1,200})["'`]/g
// Any other short text may name a file that is read, spawned or forked, alone or in a command line.
const LITERAL = /(["'`])([^"'`\n]{1,200})\1/g
const JOINED = /__dirname\s{0,4}[,+]((?:\s{0,4}["'`][^"'`\n]{1,100}["'`]\s{0,4}[,+]?){1,6})/g
const FILE_NAME = /(?:\.{0,2}\/)?[\w@.-]+(?:\/[\w@.-]+)*/g

export interface HookScripts {
  /** `scripts` of the manifest that the hook belongs to. */
  readonly scripts: Readonly<Record<string, unknown>>
  /** Folder of that manifest inside the package, `''` for the root. */
  readonly folder: string
}

/** Paths in the order of their discovery. */
export function reachedBy(command: string, { scripts, folder }: HookScripts, tree: PackageTree): string[] {
  const reached = new Set<string>()
  for (const text of commandsOf(command, scripts)) {
    for (const path of filesNamedByCommand(text, folder, tree)) reached.add(path)
    for (const path of filesNamedByScript(text, folder, tree)) reached.add(path)
  }
  followFiles(reached, tree)
  return [...reached]
}

/** The command and every script that it runs by name (`npm run build`, `run-s a b`), with their pre and post scripts. */
function commandsOf(command: string, scripts: Readonly<Record<string, unknown>>): string[] {
  const found = [command]
  const seen = new Set<string>()
  for (let at = 0; at < found.length && at < MAX_COMMANDS; at++) {
    const words = wordsOf(found[at] ?? '')
    if (!words.some((word) => RUNS_SCRIPTS.test(word))) continue
    for (const word of words) {
      for (const name of [`pre${word}`, word, `post${word}`]) {
        const script = Object.hasOwn(scripts, name) ? scripts[name] : undefined
        if (typeof script !== 'string' || seen.has(name)) continue
        seen.add(name)
        found.push(script)
      }
    }
  }
  return found
}

function wordsOf(command: string): string[] {
  return command.split(/[\s;&|()<>"'`]+/).filter((word) => word !== '')
}

function* filesNamedByCommand(command: string, folder: string, tree: PackageTree): Generator<string> {
  const words = wordsOf(command)
  const folders = [folder]
  for (const [at, word] of words.entries()) {
    const clean = word.replaceAll('\\', '/').replace(/^\$\{?(?:PWD|INIT_CWD|npm_package_json)\}?\//, '')
    if (words[at - 1] === 'cd') folders.push(posix.join(folder, clean))
    if (clean.startsWith('-')) continue
    // `node .` and `node lib` mean a module; any other word must be a file by its full name.
    const isModule = words[at - 1] === 'node' || words[at - 1] === 'require'
    for (const from of folders) {
      const found = isModule || SCRIPT.test(clean) ? tree.resolve(from, clean) : plainFile(from, clean, tree)
      if (found !== undefined) yield found
    }
  }
}

function plainFile(folder: string, word: string, tree: PackageTree): string | undefined {
  const path = posix.join(folder, word)
  return tree.file(path) === undefined ? undefined : path
}

function followFiles(reached: Set<string>, tree: PackageTree): void {
  let textBytes = 0
  // A Set hands out what is added while it is gone through.
  for (const path of reached) {
    const text = tree.text(path)
    if (text === undefined || /\.(?:json|md|html|css|map)$/.test(path)) continue
    textBytes += text.length
    if (reached.size >= MAX_REACHED || textBytes > MAX_TEXT_BYTES) return
    const folder = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : ''
    const named =
      SCRIPT.test(path) || /^#!.*\bnode\b/.test(text) || !path.includes('.')
        ? filesNamedByScript(text, folder, tree)
        : filesNamedByText(text, folder, tree)
    for (const next of named) reached.add(next)
  }
}

function* filesNamedByScript(text: string, folder: string, tree: PackageTree): Generator<string> {
  for (const [, specifier = ''] of text.matchAll(SPECIFIER)) {
    const found = /^\.{0,2}(?:\/|$)/.test(specifier)
      ? tree.resolve(folder, specifier)
      : tree.resolveBare(folder, specifier.replace(/^node:/, ''))
    if (found !== undefined) yield found
  }
  for (const [, parts = ''] of text.matchAll(JOINED)) {
    const found = tree.resolve(
      folder,
      [...parts.matchAll(/["'`]([^"'`]+)["'`]/g)].map(([, part]) => part).join('/'),
    )
    if (found !== undefined) yield found
  }
  for (const [, , literal = ''] of text.matchAll(LITERAL)) yield* filesNamedByText(literal, folder, tree)
}

// A word without an ending or slash is no file: `'index'` is in every program. Relative paths count from the file and, in
// commands, from the folder of the package.
function* filesNamedByText(text: string, folder: string, tree: PackageTree): Generator<string> {
  for (const [word] of text.matchAll(FILE_NAME)) {
    if (!/[./]/.test(word)) continue
    const isRelative = /^\.{1,2}\//.test(word)
    for (const from of new Set([folder, ''])) {
      const found = isRelative ? tree.resolve(from, word) : plainFile(from, word, tree)
      if (found !== undefined) yield found
    }
  }
}
