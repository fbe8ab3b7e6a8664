// The summary of a package that leaves the examiner and is compared with the next version.
import type { PackageSummary } from '../model/evidence.ts'
import type { PackageContents, PackageEntry } from '../model/package-contents.ts'
import { executableOf } from './content/executable.ts'

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

export function summarise(contents: PackageContents, capabilities: readonly string[]): PackageSummary {
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
    capabilities: list(capabilities),
  }
}

function isNative(entry: PackageEntry): boolean {
  return entry.type === 'file' && (NATIVE_FILE.test(entry.path) || executableOf(entry) !== undefined)
}

function list(values: readonly string[]): string[] {
  return [...new Set(values.map(clip))].toSorted().slice(0, MAX_LISTED)
}

function clip(text: string): string {
  return text.slice(0, MAX_TEXT).toWellFormed()
}
