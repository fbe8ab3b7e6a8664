// Reads one file of a source package: the description, a tarball, the old diff, or a detached signature.
//
//   name_version.dsc               description, clear-signed by its uploader
//   name_version.orig.tar.xz       the upstream's source
//   name_version.debian.tar.xz     debian/: rules run at a build, patches are applied when it is unpacked
//   name_version.diff.gz           the same, in format 1.0
import { readFile } from 'node:fs/promises'
import { Budget } from '../../archive/budget.ts'
import { readFileChunks } from '../../archive/byte-reader.ts'
import { collectCompressedTar, tarFacts } from '../../archive/compressed-tar.ts'
import { type Compression, decompress, reportDecompression } from '../../archive/decompress.ts'
import { EntryCollector } from '../../archive/entry-collector.ts'
import { HazardLog } from '../../archive/hazards.ts'
import { cleanPath } from '../../archive/path-hazards.ts'
import { invalidPackage } from '../../archive/refusal.ts'
import type { InstallHook, PackageContents, PackageEntry } from '../../model/package-contents.ts'
import type { PackageFile, PackageReader } from '../package-reader.ts'
import { parseControlFile } from './control-file.ts'
import { isSourceFile } from './source-stanzas.ts'

const TAR: Readonly<Record<string, Compression>> = {
  gz: 'gzip',
  xz: 'xz',
  bz2: 'bzip2',
  lzma: 'lzma',
  zst: 'zstd',
}
const MEMBER = 'source'
const MOST_TEXT_BYTES = 4 * 1024 * 1024
const RULES = /(?:^|\/)debian\/rules$/

export const debSourceReader: PackageReader = {
  formats: ['deb-source'],
  accepts: isSourceFile,
  async readPackage(file, options) {
    const hazards = new HazardLog()
    const budget = new Budget(options.limits, options.signal)
    const { limits, observe } = options
    const collector = new EntryCollector({ limits, hazards, observe, root: 'directory' })
    await collect(file, { budget, hazards, collector })
    const entries = collector.finish()
    return {
      type: 'deb',
      format: 'deb-source',
      ...(file.claim ? { claim: file.claim } : {}),
      digests: file.digests,
      sizeBytes: file.sizeBytes,
      declared: declaredBy(file, entries),
      entries,
      hooks: entries.flatMap(buildHook),
      dependencies: [],
      entryPoints: [],
      readerFindings: hazards.findings,
      unpackedBytes: budget.bytesUnpacked,
    }
  },
}

interface Target {
  readonly budget: Budget
  readonly hazards: HazardLog
  readonly collector: EntryCollector
}

async function collect(file: PackageFile, target: Target): Promise<void> {
  const compression = TAR[/\.tar\.(\w+)$/.exec(file.fileName)?.[1] ?? '']
  if (compression !== undefined) {
    const place = (entry: Parameters<typeof tarFacts>[0]) => tarFacts(entry, cleanPath(entry.path), MEMBER)
    return collectCompressedTar(file.location, file.sizeBytes, { ...target, compression, place })
  }
  if (file.fileName.endsWith('.diff.gz')) return collectDiff(file, target)
  if (file.sizeBytes > MOST_TEXT_BYTES)
    throw invalidPackage('deb-source-size', 'a description or signature of more than 4 MiB', {})
  const content = await readFile(file.location)
  target.budget.bytesIn(content.length)
  target.budget.bytesOut(content.length)
  target.collector.addHeld(plainFile(file.fileName, content.length), content)
}

async function collectDiff({ fileName, location }: PackageFile, { budget, hazards, collector }: Target) {
  const unpacked = decompress(readFileChunks(location, budget), 'gzip', budget)
  await collector.addStreamed(plainFile(fileName.replace(/\.gz$/, ''), 0), unpacked)
  reportDecompression(unpacked.report, hazards, fileName)
}

function plainFile(path: string, sizeBytes: number) {
  return { path, archivePath: path, type: 'file', sizeBytes, mode: 0o644, member: MEMBER } as const
}

/**
 * Only the description says what it describes. A tarball or signature names nothing and is bound by its digest alone, so it is what
 * was claimed. Throws PACKAGE_INVALID for a broken description.
 */
function declaredBy(
  { fileName, claim }: PackageFile,
  [first]: readonly PackageEntry[],
): PackageContents['declared'] {
  const claimed = claim === undefined ? {} : { name: claim.name, version: claim.version }
  if (!fileName.endsWith('.dsc')) return { ...claimed, maintainers: [], manifest: {} }
  const { fields, spelled } = parseControlFile(signedPart(Buffer.from(first?.content ?? []).toString('utf8')))
  const [name, version] = [fields.get('source'), fields.get('version')]
  if (!name || !version)
    throw invalidPackage('deb-source-fields', 'the description has no Source or no Version', {})
  const maintainer = fields.get('maintainer')
  return { name, version, maintainers: maintainer ? [maintainer] : [], manifest: spelled }
}

/** Text between the header and the signature of a clear-signed message; the whole text when it is none (RFC 9580 section 7). */
function signedPart(text: string): string {
  const signed =
    /^-----BEGIN PGP SIGNED MESSAGE-----\n(?:[^\n]+\n)*\n([\s\S]*?)\n-----BEGIN PGP SIGNATURE-----/.exec(text)
  return (signed?.[1] ?? text).replace(/^- /gm, '')
}

/** Recipe lines of debian/rules are shell: whoever builds the package runs them. The makefile itself is a file of another language. */
function buildHook({ path, content }: PackageEntry): InstallHook[] {
  if (!RULES.test(path) || content === undefined) return []
  const recipes = Buffer.from(content)
    .toString('utf8')
    .split('\n')
    .flatMap((line) =>
      line.startsWith('\t')
        ? [
            line
              .trim()
              .replace(/^[@+-]+/, '')
              .replaceAll('$$', '$'),
          ]
        : [],
    )
  return [{ name: `${path} recipes`, interpreter: 'shell', script: recipes.join('\n'), reaches: [path] }]
}
