// APK's repositories: /etc/apk/repositories, one URL a line, grouped by the archive they belong to (apk-repositories(5)).
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Note, RepositoryConfig } from '../config.ts'
import { type Discovery, listFiles, type Machine, readSettings, readText } from '../machine.ts'
import { upstreamFromUrl } from '../upstreams.ts'
import { archiveName } from './apt.ts'

const APK_ARCHITECTURES: Readonly<Record<string, string>> = {
  x64: 'x86_64',
  ia32: 'x86',
  arm64: 'aarch64',
  arm: 'armv7',
  ppc64: 'ppc64le',
  s390x: 's390x',
  riscv64: 'riscv64',
}

interface ApkLine {
  /** Everything before release and repository. */
  readonly base: string
  readonly version: string
  readonly repository: string
  readonly origin: string
}

export async function discoverApk(machine: Machine): Promise<Discovery> {
  const { root, isOwn } = machine
  const files = [
    join(root, 'etc/apk/repositories'),
    ...listFiles(join(root, 'etc/apk/repositories.d'), '.list'),
  ]
  const lines = files
    .flatMap((file) => parseLines(readSettings(file) ?? '', file))
    .filter(({ base }) => !isOwn(base))
  const keys = join(root, 'etc', 'apk', 'keys')
  if (lines.length === 0) return { repositories: [], notes: [] }
  if (!existsSync(keys)) {
    const text = `${keys} is missing, so nothing verifies the archives of ${files[0]}`
    return { repositories: [], notes: [{ about: 'apk', kind: 'ignored', text }] }
  }
  const archives = [...Map.groupBy(lines, ({ base }) => base)]
  const repositories = archives.map(([base, group], index) => repositoryOf(base, group, index, keys, machine))
  return { repositories, notes: repositories.map(noteOf) }
}

/** `[@tag] https://host/alpine/v3.20/main`; a v3 or ndx line that is not of this shape is left out. */
function parseLines(text: string, file: string): readonly ApkLine[] {
  return text.split(/\r?\n/).flatMap((raw, index) => {
    const match = /^\s*(?:@\S+\s+)?(https?:\/\/\S+?)\/([^/\s]+)\/([^/\s]+)\/?\s*$/.exec(raw)
    const [, base, version, repository] = match ?? []
    if (base === undefined || version === undefined || repository === undefined || !URL.canParse(base))
      return []
    return [{ base, version, repository, origin: `${file} line ${index + 1}` }]
  })
}

function repositoryOf(
  base: string,
  lines: readonly ApkLine[],
  index: number,
  keys: string,
  { root, architecture }: Machine,
): RepositoryConfig {
  const own = readText(join(root, 'etc/apk/arch'))?.trim() || APK_ARCHITECTURES[architecture] || architecture
  const origin = lines.map((line) => line.origin).join(', ')
  const name = index === 0 ? archiveName(base) : `${archiveName(base)}-${index + 1}`
  return {
    name,
    type: 'apk',
    mount: `/${name}/`,
    upstreams: [upstreamFromUrl(base, origin)],
    reserved: [],
    options: {
      privateUpstreams: [],
      versions: [...new Set(lines.map(({ version }) => version))],
      repositories: [...new Set(lines.map(({ repository }) => repository))],
      architectures: [own],
      keys: [keys],
    },
    origin,
  }
}

function noteOf({ upstreams, origin, mount }: RepositoryConfig): Note {
  const text = `${upstreams.map(({ url }) => url).join(' ')} from ${origin}, served at ${mount}`
  return { about: 'apk', kind: 'found', text }
}
