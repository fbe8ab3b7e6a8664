// Processor time of each scanner over the JavaScript, the Python and the compiled code of all artifacts, apart from the rest.
import { basename } from 'node:path'
import { allReaders } from '../../src/ecosystems/readers.ts'
import { DEFAULT_READ_LIMITS } from '../../src/model/limits.ts'
import type { PackageContents, PackageEntry } from '../../src/model/package-contents.ts'
import { allScanners } from '../../src/scanners/all.ts'
import { loadRulePacks } from '../../src/scanners/rules/load.ts'
import type { Download } from '../support/examine-downloads.ts'
import { digits, formatTable } from '../support/table.ts'

const KINDS: readonly (readonly [string, (entry: PackageEntry) => boolean])[] = [
  ['JavaScript', ({ path }) => /\.(?:[cm]?jsx?|[cm]?tsx?)$/.test(path)],
  ['Python', ({ path }) => /\.py$/.test(path)],
  ['ELF', ({ content, head }) => (content ?? head)?.[0] === 0x7f],
]

export async function measureLanguages(downloads: readonly Download[]): Promise<void> {
  const packs = loadRulePacks(new URL('../../rules', import.meta.url).pathname)
  const data = { rules: packs, popularNames: { npm: [], pypi: [] } }
  const bytes = new Map<string, number>()
  const spent = new Map<string, number>()
  for (const download of downloads) {
    const contents = await read(download)
    if (contents === undefined) continue
    for (const [kind, belongs] of KINDS) {
      const entries = contents.entries.filter((entry) => entry.type === 'file' && belongs(entry))
      if (entries.length === 0) continue
      const size = entries.reduce((sum, entry) => sum + entry.sizeBytes, 0)
      bytes.set(kind, (bytes.get(kind) ?? 0) + size)
      const part: PackageContents = { ...contents, entries }
      for (const scanner of allScanners) {
        if (scanner.applies(part, data) !== true) continue
        const before = process.cpuUsage()
        await scanner.scan(part, data, new AbortController().signal)
        const { user, system } = process.cpuUsage(before)
        const key = `${kind} ${scanner.id}`
        spent.set(key, (spent.get(key) ?? 0) + (user + system) / 1000)
      }
    }
  }
  const speed = (kind: string, ms: number | undefined) =>
    ms === undefined || ms < 1 ? '' : digits((bytes.get(kind) ?? 0) / 1e3 / ms)
  const names = KINDS.map(([kind]) => kind)
  const rows = allScanners.map(({ id }) => [
    id,
    ...names.map((kind) => speed(kind, spent.get(`${kind} ${id}`))),
  ])
  const all = names.map((kind) =>
    speed(
      kind,
      allScanners.reduce((sum, { id }) => sum + (spent.get(`${kind} ${id}`) ?? 0), 0),
    ),
  )
  console.log(formatTable(['MB/s of one core', ...names], [...rows, ['all together', ...all]]))
}

async function read({ location, fileName, sizeBytes }: Download): Promise<PackageContents | undefined> {
  const options = {
    limits: DEFAULT_READ_LIMITS,
    observe: () => ({ chunk() {}, end: () => [] }),
    signal: AbortSignal.timeout(120_000),
  }
  for (const [type, [reader]] of Object.entries(allReaders)) {
    if (reader?.accepts(basename(fileName)) !== true) continue
    try {
      const file = { location, fileName, sizeBytes, digests: {} }
      return await reader.readPackage(file, options)
    } catch {
      // An sdist is no npm package: the next reader.
      if (type === 'pypi') return undefined
    }
  }
  return undefined
}
