// Reads a wheel: a zip file with its modules, its `.data` folder and its `.dist-info` folder.
//
//   {name}-{version}.dist-info/METADATA  WHEEL  RECORD  entry_points.txt
//   {name}-{version}.data/{scripts,purelib,platlib,headers,data}/   spread over the environment
import { Budget } from '../../archive/budget.ts'
import { EntryCollector } from '../../archive/entry-collector.ts'
import { HazardLog } from '../../archive/hazards.ts'
import { openHeldFile } from '../../archive/held-file.ts'
import { invalidPackage } from '../../archive/refusal.ts'
import { readZip } from '../../archive/zip.ts'
import type { PackageContents, PackageEntry } from '../../model/package-contents.ts'
import type { PackageFile, ReadOptions } from '../package-reader.ts'
import {
  declaredBy,
  type Headers,
  header,
  headerList,
  headersAsJson,
  parseHeaders,
  requirement,
} from './core-metadata.ts'
import { entryPointFiles, importTimeFiles, reportStartupFiles } from './import-time.ts'
import { compareRecord } from './record.ts'
import { compareSidecar } from './sidecar.ts'
import { findInfoFolder, placeWheelEntry } from './wheel-layout.ts'

const MAX_TEXT_BYTES = 16 * 1024 * 1024

/** Throws PACKAGE_INVALID without METADATA or for damage, TOO_LARGE for a broken limit. */
export async function readWheel(file: PackageFile, options: ReadOptions): Promise<PackageContents> {
  const hazards = new HazardLog()
  const collector = await collectZip(file, options, hazards)
  const entries = collector.finish()
  const folder = findInfoFolder(entries, file.fileName, hazards)
  if (folder === undefined)
    throw invalidPackage('wheel-metadata-missing', 'the wheel has no .dist-info folder')
  const metadata = readHeaders(entries, `${folder}/METADATA`, hazards)
  if (metadata === undefined) throw invalidPackage('wheel-metadata-missing', 'the wheel has no METADATA')
  const wheel = checkWheelFile(readHeaders(entries, `${folder}/WHEEL`, hazards), folder, hazards)
  checkRecord(entries, folder, hazards)
  compareSidecar(file.claim, `${folder}/METADATA`, entries, hazards)
  reportStartupFiles(entries, hazards, 'high')
  return {
    type: 'pypi',
    format: 'wheel',
    ...(file.claim ? { claim: file.claim } : {}),
    digests: file.digests,
    sizeBytes: file.sizeBytes,
    declared: declaredBy(metadata, headersAsJson(wheel, metadata), platformOf(file.fileName)),
    entries,
    hooks: [],
    dependencies: headerList(metadata, 'Requires-Dist').flatMap((line) => requirement(line, 'runtime') ?? []),
    entryPoints: wheelEntryPoints(entries, folder),
    readerFindings: hazards.findings,
    unpackedBytes: collector.unpackedBytes,
  }
}

async function collectZip(
  file: PackageFile,
  options: ReadOptions,
  hazards: HazardLog,
): Promise<EntryCollector> {
  const { limits, observe, signal } = options
  const collector = new EntryCollector({ limits, hazards, observe, root: 'directory' })
  const archive = await openHeldFile(file.location, file.sizeBytes)
  try {
    for await (const { entry, content } of readZip(archive, {
      budget: new Budget(limits, signal),
      hazards,
    })) {
      const facts = placeWheelEntry(entry)
      if (content === undefined) collector.add(facts)
      else if (Buffer.isBuffer(content)) collector.addHeld(facts, content)
      else await collector.addStreamed(facts, content)
    }
  } finally {
    await archive.close()
  }
  return collector
}

function readHeaders(
  entries: readonly PackageEntry[],
  path: string,
  hazards: HazardLog,
): Headers | undefined {
  const text = textOf(entries, path)
  return text === undefined ? undefined : parseHeaders(text, path, hazards)
}

function textOf(entries: readonly PackageEntry[], path: string): string | undefined {
  const entry = entries.findLast((candidate) => candidate.archivePath === path && candidate.type === 'file')
  if (entry === undefined) return undefined
  if (entry.content === undefined || entry.sizeBytes > MAX_TEXT_BYTES) {
    throw invalidPackage('wheel-metadata-size', `${path} is too large`, { sizeBytes: entry.sizeBytes })
  }
  return Buffer.from(entry.content).toString('utf8')
}

function checkWheelFile(wheel: Headers | undefined, folder: string, hazards: HazardLog): Headers {
  const version = wheel && header(wheel, 'Wheel-Version')
  if (version === undefined || !/^1(?:\.\d+)*$/.test(version)) {
    hazards.report(
      'wheel-version',
      'high',
      'the wheel does not say which version of the format it has, or an unknown one',
      {
        file: `${folder}/WHEEL`,
        snippet: version ?? 'none',
      },
    )
  }
  return wheel ?? new Map()
}

function checkRecord(entries: readonly PackageEntry[], folder: string, hazards: HazardLog): void {
  const record = textOf(entries, `${folder}/RECORD`)
  if (record !== undefined) compareRecord(record, folder, entries, hazards)
  else
    hazards.report('wheel-record-missing', 'critical', 'the wheel has no RECORD of its files', {
      file: `${folder}/RECORD`,
    })
}

function wheelEntryPoints(entries: readonly PackageEntry[], folder: string): string[] {
  const declared = entryPointFiles(textOf(entries, `${folder}/entry_points.txt`) ?? '', entries)
  const scripts = entries.filter(({ path, type }) => type === 'file' && /^[^/]+\.data\/scripts\//.test(path))
  const startup = entries.filter(({ path, type }) => type === 'file' && /\.data\/data\/.*\.pth$/.test(path))
  const more = [...scripts, ...startup].map(({ path }) => path)
  return [...new Set([...importTimeFiles(entries, ['']), ...declared, ...more])]
}

/** Platform tag of the file name: `any`, `manylinux_2_28_x86_64`. */
function platformOf(fileName: string): string | undefined {
  return /-([^-]+)\.whl$/.exec(fileName)?.[1]
}
