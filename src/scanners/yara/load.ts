// The operator's YARA files: read, compiled as one, and refused by name and line when one is broken.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { asGatewayError, GatewayError } from '../../model/errors.ts'
import { type CompiledYara, loadYaraModule, YARA_MODULE, type YaraModule } from './module.ts'

export interface YaraRules {
  /** Or why they cannot be used here: every examination is then unfinished. */
  readonly compiled: CompiledYara | { readonly missing: string }
  /** Of the files and the module: part of the examination key. */
  readonly revision: string
}

/** All `*.yar` and `*.yara` of the folders; undefined when there is none. Throws CONFIG_INVALID for a file that does not compile. */
export function loadYaraRules(
  folders: readonly string[],
  loadModule: () => YaraModule = loadYaraModule,
): YaraRules | undefined {
  const files = folders.flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => /\.yara?$/.test(name))
      .sort()
      .map((name) => ({ path: join(folder, name), text: readFileSync(join(folder, name), 'utf8') })),
  )
  if (files.length === 0) return undefined
  const hash = createHash('sha256').update(JSON.stringify(files))
  let module: YaraModule
  try {
    module = loadModule()
  } catch (thrown) {
    const why = asGatewayError(thrown).message.split('\n')[0]
    const missing = `YARA rules are configured, and the module ${YARA_MODULE} cannot be used: ${why}`
    return { compiled: { missing }, revision: hash.update('missing').digest('hex') }
  }
  return { compiled: compile(module, files), revision: hash.update(module.version).digest('hex') }
}

interface YaraFile {
  readonly path: string
  readonly text: string
}

/** Together, because rules of one file may name those of another; a file that ends in the middle of one takes the blame of the next line. */
function compile(module: YaraModule, files: readonly YaraFile[]): CompiledYara {
  try {
    // An include would read files that nobody named.
    return module.compile(files.map(({ text }) => text).join('\n'), { enableIncludes: false })
  } catch (cause) {
    const told = cause instanceof Error ? cause.message : String(cause)
    const place = placeOf(Number(/-->\s*line:(\d+)/.exec(told)?.[1] ?? 1), files)
    const what = told.split('\n')[0]?.replace(/^Compilation error \(\w+\): /, '')
    throw new GatewayError('CONFIG_INVALID', `${place}: ${what}`, { place, told }, { cause })
  }
}

/** `file:line` of a line of all files together. */
function placeOf(line: number, files: readonly YaraFile[]): string {
  let left = line
  for (const { path, text } of files) {
    const lines = text.split('\n').length
    if (left <= lines) return `${path}:${left}`
    left -= lines
  }
  return files.at(-1)?.path ?? ''
}
