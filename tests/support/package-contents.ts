// Builds PackageContents in memory from plain texts, for tests of scanners that need no archive around them.
import { createHash } from 'node:crypto'
import type { JsonObject, PurlType } from '../../src/model/claim.ts'
import type {
  Dependency,
  InstallHook,
  PackageContents,
  PackageEntry,
  PackageFormat,
} from '../../src/model/package-contents.ts'

export interface ContentsOptions {
  readonly type?: PurlType
  readonly format?: PackageFormat
  readonly name?: string
  readonly version?: string
  readonly description?: string
  readonly manifest?: JsonObject
  readonly hooks?: readonly InstallHook[]
  readonly entryPoints?: readonly string[]
  readonly dependencies?: readonly Dependency[]
}

const FORMATS: Record<PurlType, PackageFormat> = {
  npm: 'npm-tgz',
  pypi: 'sdist',
  deb: 'deb',
  rpm: 'rpm',
  apk: 'apk',
}

/** A package with these files; hooks and entry points are as given, nothing is derived. */
export function packageContents(
  files: Readonly<Record<string, string | Uint8Array>>,
  options: ContentsOptions = {},
): PackageContents {
  const entries = Object.entries(files).map(([path, content]) => entryOf(path, content))
  const type = options.type ?? 'npm'
  const unpackedBytes = entries.reduce((sum, entry) => sum + entry.sizeBytes, 0)
  return {
    type,
    format: options.format ?? FORMATS[type],
    digests: {},
    sizeBytes: unpackedBytes,
    declared: {
      name: options.name ?? 'sample',
      version: options.version ?? '1.0.0',
      ...(options.description !== undefined && { description: options.description }),
      maintainers: [],
      manifest: options.manifest ?? {},
    },
    entries,
    hooks: options.hooks ?? [],
    dependencies: options.dependencies ?? [],
    entryPoints: options.entryPoints ?? [],
    readerFindings: [],
    unpackedBytes,
  }
}

function entryOf(path: string, content: string | Uint8Array): PackageEntry {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content
  return {
    path,
    archivePath: path,
    type: 'file',
    sizeBytes: bytes.length,
    mode: 0o644,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    member: 'data',
    content: bytes,
  }
}

const LIFECYCLE = ['preinstall', 'install', 'postinstall', 'prepare']

/** An npm package as its reader gives it: hooks and the files they name from `scripts`, entry points from main and bin. */
export function npmContents(
  files: Readonly<Record<string, string | Uint8Array>>,
  manifest: JsonObject = {},
): PackageContents {
  const scripts = (manifest['scripts'] ?? {}) as Readonly<Record<string, string>>
  const hooks = LIFECYCLE.filter((name) => scripts[name]).map((name) => {
    const script = scripts[name] ?? ''
    return {
      name,
      interpreter: 'shell',
      script,
      reaches: Object.keys(files).filter((path) => names(script, path)),
    }
  })
  const main = typeof manifest['main'] === 'string' ? manifest['main'].replace(/^\.\//, '') : 'index.js'
  const all = { 'package.json': JSON.stringify({ name: 'sample', version: '1.0.0', ...manifest }), ...files }
  const { name, version, description } = manifest
  return packageContents(all, {
    type: 'npm',
    manifest,
    hooks,
    entryPoints: [main].filter((path) => path in files),
    ...(typeof name === 'string' && { name }),
    ...(typeof version === 'string' && { version }),
    ...(typeof description === 'string' && { description }),
  })
}

function names(script: string, path: string): boolean {
  const bare = path.replace(/\.[cm]?js$/, '')
  return script.split(/[\s;&|"']+/).some((word) => [path, bare].includes(word.replace(/^\.\//, '')))
}

/** An sdist as its reader gives it: setup.py is a hook, every `__init__.py` an entry point. */
export function sdistContents(
  files: Readonly<Record<string, string | Uint8Array>>,
  options: ContentsOptions = {},
): PackageContents {
  const setup = files['setup.py']
  const hooks: InstallHook[] =
    setup === undefined
      ? []
      : [{ name: 'setup.py', interpreter: 'python', script: String(setup), reaches: ['setup.py'] }]
  const entryPoints = Object.keys(files).filter((path) => /(?:^|\/)__init__\.py$|\.pth$/.test(path))
  return packageContents(files, { type: 'pypi', hooks, entryPoints, ...options })
}
