// The checkout as the architecture test reads it: files, imports, free global names.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { dirname, join, normalize } from 'node:path'
import { parse } from 'acorn'
import { ancestor } from 'acorn-walk'

export const ROOT = join(import.meta.dirname, '../..')

export interface SourceFile {
  /** Relative to src/, with `/`. */
  readonly path: string
  readonly part: string
  readonly text: string
  /** Specifiers, type imports among them. */
  readonly imports: readonly string[]
}

export interface TrackedFile {
  readonly path: string
  readonly bytes: Buffer
}

/** Every file of the checkout that git knows or would take. */
export function trackedFiles(): readonly TrackedFile[] {
  return execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: ROOT,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
    .split('\0')
    .filter((path) => path !== '')
    .flatMap((path) => {
      try {
        return [{ path, bytes: readFileSync(join(ROOT, path)) }]
      } catch {
        return []
      }
    })
}

/** The modules of src/. */
export function sourceFiles(tracked: readonly TrackedFile[]): readonly SourceFile[] {
  return tracked
    .filter(({ path }) => path.startsWith('src/') && path.endsWith('.ts'))
    .map(({ path, bytes }) => {
      const text = bytes.toString('utf8')
      const inner = path.slice('src/'.length)
      return { path: inner, part: inner.split('/')[0] ?? '', text, imports: importsOf(text) }
    })
}

function importsOf(text: string): readonly string[] {
  const statements = text.matchAll(/^(?:import|export)\b[^'"]*?\bfrom\s+['"]([^'"]+)['"]/gm)
  const bare = text.matchAll(/^import\s+['"]([^'"]+)['"]/gm)
  const dynamic = text.matchAll(/\bimport\(\s*['"]([^'"]+)['"]\s*\)/g)
  return [...statements, ...bare, ...dynamic].flatMap(([, specifier]) => specifier ?? [])
}

/** Path under src/ that a relative import leads to. */
export function targetOf(file: SourceFile, specifier: string): string {
  return normalize(join(dirname(file.path), specifier))
}

/** Free uses of global names: not properties, not keys, not declared or imported in the file. */
export function freeGlobals(text: string, names: readonly string[]): readonly string[] {
  const code = stripTypeScriptTypes(text)
  const program = parse(code, { ecmaVersion: 'latest', sourceType: 'module' })
  const used = new Set<string>()
  const declared = new Set(importedNames(text))
  ancestor(program, {
    Identifier(node) {
      if (names.includes(node.name)) used.add(node.name)
    },
    VariableDeclarator(node) {
      for (const name of names) if (code.slice(node.id.start, node.id.end).includes(name)) declared.add(name)
    },
    Function(node) {
      for (const parameter of node.params) {
        const written = code.slice(parameter.start, parameter.end)
        for (const name of names) if (new RegExp(`\\b${name}\\b`).test(written)) declared.add(name)
      }
      if (node.id) declared.add(node.id.name)
    },
  })
  return [...used].filter((name) => !declared.has(name))
}

function importedNames(text: string): readonly string[] {
  return [...text.matchAll(/^import\s+(?:type\s+)?([^'"]+?)\s+from/gm)].flatMap(
    ([, clause]) => clause?.match(/[A-Za-z_$][\w$]*/g) ?? [],
  )
}
