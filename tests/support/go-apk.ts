// The go-apk client of tests/clients/go-apk, built once into the cache of clients.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import type { Ran } from './dnf.ts'

const SOURCE = join(import.meta.dirname, '../clients/go-apk')
const CACHE = join(import.meta.dirname, '../.cache/clients')

/** Path of the program; a text that says why there is none. */
export async function provideGoApk(): Promise<{ readonly program: string } | { readonly why: string }> {
  const hash = createHash('sha256')
  for (const name of readdirSync(SOURCE).sort()) hash.update(readFileSync(join(SOURCE, name)))
  const program = join(CACHE, `go-apk-${hash.digest('hex').slice(0, 12)}`)
  if (existsSync(program)) return { program }
  mkdirSync(CACHE, { recursive: true })
  const folder = mkdtempSync(join(CACHE, '.new-'))
  const built = await execa('go', ['build', '-o', join(folder, 'go-apk'), '.'], {
    cwd: SOURCE,
    reject: false,
    all: true,
    timeout: 300_000,
  })
  if (built.exitCode === 0) renameSync(join(folder, 'go-apk'), program)
  rmSync(folder, { recursive: true, force: true })
  return built.exitCode === 0
    ? { program }
    : { why: `go build: ${(built.all || built.message || '').slice(-300)}` }
}

export interface GoApkRoot {
  run(verb: 'update' | 'install', ...names: string[]): Promise<Ran>
  installed(path: string): string | undefined
  remove(): void
}

/** A root whose only key is that file, as `/etc/apk/keys` has it. */
export function createGoApkRoot(program: string, repository: string, key: string): GoApkRoot {
  const root = mkdtempSync(join(tmpdir(), 'apk-root-'))
  return {
    async run(verb, ...names) {
      const ran = await execa(program, [root, key, repository, verb, ...names], {
        reject: false,
        all: true,
        timeout: 120_000,
      })
      return { exitCode: ran.exitCode ?? -1, said: ran.all ?? '' }
    },
    installed(path) {
      const file = join(root, path)
      return existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined
    },
    remove: () => rmSync(root, { recursive: true, force: true }),
  }
}
