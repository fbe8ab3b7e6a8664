// The summary of a package that leaves the examiner and is compared with the next version.
import type { PackageSummary } from '../model/evidence.ts'
import type { Finding } from '../model/finding.ts'
import type { PackageContents } from '../model/package-contents.ts'

const MAX_LISTED = 200
const MAX_TEXT = 300
const NATIVE_FILE = /\.(?:node|so|dll|dylib|pyd|exe|a|o)(?:\.\d+)*$/i

export const EMPTY_SUMMARY: PackageSummary = Object.freeze({
  maintainers: [],
  hooks: [],
  nativeCode: [],
  fileCount: 0,
  unpackedBytes: 0,
  foreignDependencies: [],
  capabilities: [],
})

export function summarise(contents: PackageContents, findings: readonly Finding[]): PackageSummary {
  const { name, version, licence, repositoryUrl, maintainers } = contents.declared
  return {
    ...(name === undefined ? {} : { name: clip(name) }),
    ...(version === undefined ? {} : { version: clip(version) }),
    ...(licence === undefined ? {} : { licence: clip(licence) }),
    ...(repositoryUrl === undefined ? {} : { repositoryUrl: clip(repositoryUrl) }),
    maintainers: list(maintainers),
    hooks: list(contents.hooks.map((hook) => hook.name)),
    nativeCode: list(contents.entries.filter(isNative).map((entry) => entry.path)),
    fileCount: contents.entries.filter((entry) => entry.type === 'file').length,
    unpackedBytes: contents.unpackedBytes,
    foreignDependencies: list(
      contents.dependencies
        .filter((one) => one.foreign !== undefined)
        .map((one) => `${one.name}@${one.specifier}`),
    ),
    capabilities: list(capabilitiesIn(findings)),
  }
}

/** Capability rules are named `capability-<word>`. */
function capabilitiesIn(findings: readonly Finding[]): string[] {
  return findings.flatMap((finding) => /^capability-(.+)$/.exec(finding.rule)?.[1] ?? [])
}

function isNative(entry: PackageContents['entries'][number]): boolean {
  if (entry.type !== 'file') return false
  const head = entry.content ?? entry.head
  return NATIVE_FILE.test(entry.path) || (head !== undefined && isExecutableMagic(head))
}

/** ELF, PE, Mach-O (both byte orders, fat). */
function isExecutableMagic(head: Uint8Array): boolean {
  if (head.length < 64) return false
  const magic =
    (((head[0] ?? 0) << 24) | ((head[1] ?? 0) << 16) | ((head[2] ?? 0) << 8) | (head[3] ?? 0)) >>> 0
  if (magic === 0x7f454c46 || magic === 0xfeedface || magic === 0xfeedfacf) return true
  if (magic === 0xcefaedfe || magic === 0xcffaedfe) return true
  return magic >>> 16 === 0x4d5a
}

function list(values: readonly string[]): string[] {
  return [...new Set(values.map(clip))].toSorted().slice(0, MAX_LISTED)
}

function clip(text: string): string {
  return text.slice(0, MAX_TEXT).toWellFormed()
}
