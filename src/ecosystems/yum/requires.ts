// What an rpm needs: other packages, and features of rpm itself.
import { numbersTag, type RpmHeader, stringsTag } from '../../archive/rpm-header.ts'
import { TAG } from '../../archive/rpm-tags.ts'
import type { Dependency } from '../../model/package-contents.ts'

const RELATIONS = [
  { kind: 'runtime', names: TAG.REQUIRENAME, versions: TAG.REQUIREVERSION, flags: TAG.REQUIREFLAGS },
  { kind: 'optional', names: TAG.RECOMMENDNAME, versions: TAG.RECOMMENDVERSION, flags: TAG.RECOMMENDFLAGS },
  { kind: 'optional', names: TAG.SUGGESTNAME, versions: TAG.SUGGESTVERSION, flags: TAG.SUGGESTFLAGS },
] as const

/** Features this reader understands; a package that needs another may mean its payload or scripts otherwise. */
const KNOWN_FEATURES = new Set([
  'BuiltinLuaScripts',
  'CaretInVersions',
  'CompressedFileNames',
  'ConcurrentAccess',
  'DynamicBuildRequires',
  'ExplicitPackageProvide',
  'FileCaps',
  'FileDigests',
  'HeaderLoadSortsTags',
  'LargeFiles',
  'PartialHardlinkSets',
  'PayloadFilesHavePrefix',
  'PayloadIsBzip2',
  'PayloadIsLzma',
  'PayloadIsXz',
  'PayloadIsZstd',
  'RichDependencies',
  'ScriptletExpansion',
  'ScriptletInterpreterArgs',
  'TildeInVersions',
  'VersionedDependencies',
])

/** Packages, files and capabilities; rpm's own features are left out. */
export function readDependencies(header: RpmHeader): Dependency[] {
  return RELATIONS.flatMap(({ kind, names, versions, flags }) => {
    const versionList = stringsTag(header, versions) ?? []
    const flagList = numbersTag(header, flags) ?? []
    return (stringsTag(header, names) ?? []).flatMap((name, at) =>
      name.startsWith('rpmlib(')
        ? []
        : [{ name, specifier: specifier(flagList[at] ?? 0, versionList[at] ?? ''), kind }],
    )
  })
}

/** `rpmlib(...)` requirements whose meaning this reader does not know. */
export function unknownFeatures(header: RpmHeader): string[] {
  return (stringsTag(header, TAG.REQUIRENAME) ?? []).filter((name) => {
    const feature = /^rpmlib\((.*)\)$/.exec(name)?.[1]
    return feature !== undefined && !KNOWN_FEATURES.has(feature)
  })
}

function specifier(flags: number, version: string): string {
  if (version === '') return ''
  const sign = `${flags & 2 ? '<' : ''}${flags & 4 ? '>' : ''}${flags & 8 ? '=' : ''}`
  return `${sign} ${version}`
}
