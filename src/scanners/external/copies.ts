// Writes the pieces that an examiner sends into a fresh directory, under names that mean no harm and no configuration.
import { constants } from 'node:fs'
import { type FileHandle, mkdir, mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { GatewayError } from '../../model/errors.ts'
import type { CopyPiece } from '../examination.ts'

const MAX_DEPTH = 16
const MAX_PART = 80
const MAX_PATH = 600
const NEW_FILE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL

export interface Copies {
  /** Ours alone; the tool's working directory. */
  readonly directory: string
  /** Below `directory`; holds nothing but copies. */
  readonly files: string
  take(piece: CopyPiece): Promise<void>
  /** The path inside the package of a path that a tool names, absolute or relative to `files`. */
  originalOf(path: string): string
  /** Throws when a file came only in part. */
  complete(): void
  /** Paths of the copies below `files`. */
  readonly paths: readonly string[]
  remove(): Promise<void>
}

export async function createCopies(): Promise<Copies> {
  const directory = await mkdtemp(join(tmpdir(), 'sallyport-tool-'))
  const files = join(directory, 'files')
  await mkdir(files)
  const originals = new Map<string, string>()
  let current: { readonly file: number; readonly handle: FileHandle } | undefined

  async function create(file: number, path: string): Promise<FileHandle> {
    const wanted = safePath(path)
    // Two spellings of one path, or a file where another needs a directory: the number keeps both.
    for (const name of [wanted, `${file}-${wanted.replaceAll('/', '_').slice(-100)}`]) {
      if (originals.has(name)) continue
      try {
        await mkdir(join(files, dirname(name)), { recursive: true, mode: 0o700 })
        const handle = await open(join(files, name), NEW_FILE, 0o600)
        originals.set(name, path)
        return handle
      } catch {
        // The next name.
      }
    }
    throw new GatewayError('STORE_FAILED', 'a copy for another tool cannot be written', {
      path: path.slice(0, 200),
    })
  }

  return {
    directory,
    files,
    async take({ file, path, bytes, last }) {
      if (current?.file !== file) current = { file, handle: await create(file, path) }
      const { handle } = current
      await handle.writeFile(bytes)
      if (!last) return
      current = undefined
      await handle.close()
    },
    originalOf(path) {
      const relative = path.startsWith(`${files}/`)
        ? path.slice(files.length + 1)
        : path.replace(/^\.?\//, '')
      return originals.get(relative) ?? relative
    },
    complete() {
      if (current !== undefined) throw new GatewayError('SCAN_INCOMPLETE', 'a file was copied only in part')
    },
    get paths() {
      return [...originals.keys()]
    },
    async remove() {
      await current?.handle.close().catch(() => undefined)
      await rm(directory, { recursive: true, force: true })
    },
  }
}

/**
 * The same tree as far as harmless: no `..`, no leading dash (an option) or dot (`.eslintrc`, `.trivyignore`, `.bandit`: a tool's
 * configuration), plain characters, bounded depth and length.
 */
export function safePath(path: string): string {
  const parts = path
    .split('/')
    .filter((part) => part !== '' && part !== '.' && part !== '..')
    .map((part) =>
      part
        .replace(/[^A-Za-z0-9._@+-]/g, '_')
        .replace(/^[.-]/, '_$&')
        .slice(-MAX_PART),
    )
    .map((part) =>
      /^(?:trivy|grype|syft|eslint\.config|sgconfig|semgrep|tox|setup\.cfg$)/i.test(part) ? `_${part}` : part,
    )
  const kept = parts.length > MAX_DEPTH ? parts.slice(-MAX_DEPTH) : parts
  const joined = kept.join('/').slice(-MAX_PATH).replace(/^\/+/, '')
  return joined === '' ? 'unnamed' : joined.replace(/^[.-]/, '_$&')
}
