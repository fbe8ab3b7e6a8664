// Reads an rpm: both headers, the scriptlets and triggers in them, and the payload held against the header's file list.
import { Budget } from '../../archive/budget.ts'
import { ByteReader, readFileChunks } from '../../archive/byte-reader.ts'
import { readCpio } from '../../archive/cpio.ts'
import { decompress, reportDecompression } from '../../archive/decompress.ts'
import { EntryCollector } from '../../archive/entry-collector.ts'
import { HazardLog } from '../../archive/hazards.ts'
import { openRandomAccess, type RandomAccess } from '../../archive/random-access.ts'
import { type RpmParts, readRpmParts } from '../../archive/rpm-file.ts'
import type { PackageContents, PackageEntry } from '../../model/package-contents.ts'
import type { PackageFile, PackageReader, ReadOptions } from '../package-reader.ts'
import { scriptReach } from '../script-reach.ts'
import { declaredBy } from './declared.ts'
import { readFileTable } from './file-table.ts'
import { checkHeaders, checkPayloadDigests, fileDigestHash, UnpackedDigest } from './header-checks.ts'
import { signaturesOf } from './package-signature.ts'
import { payloadCompression } from './payload.ts'
import { PayloadFiles } from './payload-files.ts'
import { readDependencies } from './requires.ts'
import { readScriptlets } from './scriptlets.ts'

export const rpmPackageReader: PackageReader = {
  formats: ['rpm'],
  accepts: (fileName) => fileName.endsWith('.rpm'),
  async readPackage(file, options) {
    const archive = await openRandomAccess(file.location)
    try {
      return await readRpm(archive, file, options)
    } finally {
      await archive.close()
    }
  },
}

async function readRpm(
  archive: RandomAccess,
  file: PackageFile,
  options: ReadOptions,
): Promise<PackageContents> {
  const hazards = new HazardLog()
  const budget = new Budget(options.limits, options.signal)
  const parts = await readRpmParts(archive)
  const signatures = signaturesOf(parts, archive.sizeBytes)
  checkHeaders(parts, hazards)
  await checkPayloadDigests(archive, parts, signatures, hazards)
  const collector = new EntryCollector({
    limits: options.limits,
    hazards,
    observe: options.observe,
    root: 'system',
  })
  const entries = await readPayload(archive, parts, { budget, hazards, collector })
  const reach = scriptReach(entries)
  return {
    type: 'rpm',
    format: 'rpm',
    ...(file.claim ? { claim: file.claim } : {}),
    digests: file.digests,
    sizeBytes: file.sizeBytes,
    declared: declaredBy(parts, signatures),
    entries,
    // The interpreter may be a program of the package itself.
    hooks: readScriptlets(parts.main).map((hook) => ({
      ...hook,
      reaches: reach.reachedBy(`${hook.interpreter}\n${hook.script}`),
    })),
    dependencies: readDependencies(parts.main),
    entryPoints: [],
    readerFindings: hazards.findings,
    unpackedBytes: budget.bytesUnpacked,
  }
}

interface PayloadParts {
  readonly budget: Budget
  readonly hazards: HazardLog
  readonly collector: EntryCollector
}

async function readPayload(
  archive: RandomAccess,
  parts: RpmParts,
  { budget, hazards, collector }: PayloadParts,
): Promise<readonly PackageEntry[]> {
  const compression = await payloadCompression(archive, parts, hazards)
  const packed = readFileChunks(archive.location, budget, { start: parts.payloadStart })
  const unpacked = decompress(packed, compression, budget)
  const digest = new UnpackedDigest(parts.main, hazards)
  const files = new PayloadFiles(
    readFileTable(parts.main, budget.limits.maxEntries),
    fileDigestHash(parts.main),
    hazards,
    collector,
  )
  const reader = new ByteReader(digest.over(unpacked))
  try {
    await takeAll(reader, files, budget)
  } finally {
    await reader.close()
  }
  files.end()
  digest.check()
  reportDecompression(unpacked.report, hazards, 'payload')
  return collector.finish()
}

async function takeAll(reader: ByteReader, files: PayloadFiles, budget: Budget): Promise<void> {
  const { maxPathBytes } = budget.limits
  for await (const entry of readCpio(reader, { maxPathBytes, sizeOf: (number) => files.sizeOf(number) })) {
    budget.entry(Buffer.byteLength(entry.name ?? ''))
    await files.take(entry)
  }
}
