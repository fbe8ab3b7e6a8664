// What a package reader makes of an artifact's bytes, and all that scanners see.
import type { ArtifactClaim, Digests, JsonObject, PurlType } from './claim.ts'
import type { Finding, Reach } from './finding.ts'

export type EntryType =
  | 'file'
  | 'directory'
  | 'symlink'
  | 'hardlink'
  | 'character-device'
  | 'block-device'
  | 'fifo'
  | 'other'

export interface PackageEntry {
  /** Path as the client would install it, relative, `/` separated, client's own strip rule applied (npm drops the first part). */
  readonly path: string
  /** Path exactly as the archive spells it. */
  readonly archivePath: string
  readonly type: EntryType
  readonly sizeBytes: number
  /** Unix mode bits including setuid, setgid and sticky. */
  readonly mode: number
  readonly owner?: string
  readonly group?: string
  readonly uid?: number
  readonly gid?: number
  readonly linkTarget?: string
  /** Of the content; files only. */
  readonly sha256?: string
  /** Member of the package it came from: `data`, `control`, ... ; one word, reader's choice. */
  readonly member: string
  /** Linux capabilities (rpm FILECAPS, security.capability xattr), when the archive carries them. */
  readonly capabilities?: string
  /**
   * Whole content; undefined for non-files and for files over the retention limit (see `head` and `tail`). In large artifacts it is
   * unpacked at every access: ask once for each look, keep it no longer than that, and take the length from `sizeBytes`.
   */
  readonly content?: Uint8Array
  /** First 64 KiB of a file that is not retained. */
  readonly head?: Uint8Array
  /** Last 64 KiB of a file that is not retained. */
  readonly tail?: Uint8Array
}

/** Something that runs when the package is installed, upgraded or removed. */
export interface InstallHook {
  /** The ecosystem's own name: `postinstall`, `preinst`, `%pre`, `.post-install`, `setup.py`, `binding.gyp`. */
  readonly name: string
  /** `shell`, `node`, `python`, `lua`, `gyp` or the interpreter's path. */
  readonly interpreter: string
  /** Text of the script; for npm the command line, for setup.py the file's text. */
  readonly script: string
  /** Files inside the package that it names and that therefore run at install; filled by the reader, transitively. */
  readonly reaches: readonly string[]
}

export interface Dependency {
  readonly name: string
  readonly specifier: string
  /** `runtime`, `optional`, `peer`, `development`, `bundled`, `build`. */
  readonly kind: string
  /** A dependency that is not fetched from the registry. */
  readonly foreign?: 'url' | 'git' | 'file'
}

export interface PackageContents {
  readonly type: PurlType
  /** `npm-tgz`, `wheel`, `sdist`, `deb`, `rpm`, `apk`. */
  readonly format: PackageFormat
  /** The promise this artifact is held against; absent in `scan FILE`. */
  readonly claim?: ArtifactClaim
  /** Of the whole artifact, computed by the gateway. */
  readonly digests: Digests
  readonly sizeBytes: number
  readonly declared: {
    readonly name?: string
    readonly version?: string
    readonly licence?: string
    readonly description?: string
    readonly architecture?: string
    readonly maintainers: readonly string[]
    readonly repositoryUrl?: string
    readonly homepage?: string
    /** The manifest as parsed: package.json, METADATA headers, control fields, rpm tags, .PKGINFO. */
    readonly manifest: JsonObject
  }
  readonly entries: readonly PackageEntry[]
  readonly hooks: readonly InstallHook[]
  readonly dependencies: readonly Dependency[]
  /** Paths that run at import or start: main, exports, bin, `__init__.py`, `.pth`, console scripts. */
  readonly entryPoints: readonly string[]
  /** Facts the reader itself must report: hazards of the container, refused spellings, differing copies. */
  readonly readerFindings: readonly Finding[]
  readonly unpackedBytes: number
}

export type PackageFormat = 'npm-tgz' | 'wheel' | 'sdist' | 'deb' | 'deb-source' | 'rpm' | 'apk'

/** When a file of the package runs, from the hooks and entry points. */
export function reachOf(contents: PackageContents, path: string): Reach {
  if (contents.hooks.some((hook) => hook.reaches.includes(path))) return 'install'
  return contents.entryPoints.includes(path) ? 'import' : 'any'
}
