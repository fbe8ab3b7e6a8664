// Runs a package reader on bytes from memory, the way the examiner runs it on a file.
import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { PackageReader } from '../../src/ecosystems/package-reader.ts'
import { DEFAULT_READ_LIMITS, type ReadLimits } from '../../src/model/limits.ts'
import type { PackageContents } from '../../src/model/package-contents.ts'

/** Contents of an artifact given as bytes; written to a fresh folder that is removed again. */
export async function readBytes(
  reader: PackageReader,
  fileName: string,
  bytes: Uint8Array,
  limits: Partial<ReadLimits> = {},
): Promise<PackageContents> {
  const folder = await mkdtemp(join(tmpdir(), 'artifact-'))
  try {
    const location = join(folder, 'artifact')
    await writeFile(location, bytes)
    return await readFileAs(reader, fileName, location, bytes, limits)
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function readFileAs(
  reader: PackageReader,
  fileName: string,
  location: string,
  bytes: Uint8Array,
  limits: Partial<ReadLimits>,
): Promise<PackageContents> {
  const digests = { sha256: createHash('sha256').update(bytes).digest('hex') }
  return reader.readPackage(
    { location, fileName, sizeBytes: bytes.length, digests },
    {
      limits: { ...DEFAULT_READ_LIMITS, ...limits },
      observe: () => ({ chunk() {}, end: () => [] }),
      signal: new AbortController().signal,
    },
  )
}

/** Rules of the reader's findings with their severities, each once: `high deb-md5sums-mismatch`. */
export function rulesOf(contents: PackageContents): string[] {
  return [...new Set(contents.readerFindings.map((finding) => `${finding.severity} ${finding.rule}`))]
}
