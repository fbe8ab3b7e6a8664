// The bill of materials of one package as a CycloneDX 1.6 document: itself, what it bundles, what it declares to need.
import { Enums, Models, Serialize, SPDX, Spec } from '@cyclonedx/cyclonedx-library'
import type { Digests, JsonObject, PurlType } from '../../model/claim.ts'
import { purlOf } from '../../model/claim.ts'
import type { Dependency, PackageContents, PackageEntry } from '../../model/package-contents.ts'

const MAX_COMPONENTS = 2000
const MAX_LICENCE = 200
const HASHES = [
  ['sha256', Enums.HashAlgorithm['SHA-256']],
  ['sha512', Enums.HashAlgorithm['SHA-512']],
  ['sha1', Enums.HashAlgorithm['SHA-1']],
] as const
const normalise = new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6).makeForBom()

/**
 * Declared dependencies are components without a version (a range is no version): the specifier stands in the property
 * `sallyport:specifier`. The same bytes give the same document: no time, and a serial number made of the digest.
 */
export async function describePackage(contents: PackageContents): Promise<JsonObject> {
  const bom = new Models.Bom()
  const subject = subjectOf(contents)
  bom.metadata.component = subject
  const serial = serialNumber(contents.digests)
  if (serial !== undefined) bom.serialNumber = serial
  for (const bundled of bundledPackages(contents)) {
    bom.components.add(bundled)
    subject.dependencies.add(bundled.bomRef)
  }
  for (const dependency of contents.dependencies.slice(0, MAX_COMPONENTS)) {
    const component = dependencyComponent(contents.type, dependency)
    bom.components.add(component)
    subject.dependencies.add(component.bomRef)
  }
  // Through JSON, so that nothing but plain data leaves.
  return JSON.parse(JSON.stringify(normalise.normalize(bom, { sortLists: true })))
}

function subjectOf({ declared, type, digests, claim }: PackageContents): Models.Component {
  const name = claim?.name ?? declared.name ?? 'unknown'
  const version = claim?.version ?? declared.version ?? ''
  const component = new Models.Component(Enums.ComponentType.Library, name, {
    version,
    purl: purlOf({ type, name, version }),
    bomRef: 'subject',
    ...(declared.description === undefined ? {} : { description: declared.description.slice(0, 500) }),
  })
  for (const [digest, algorithm] of HASHES) {
    const value = digests[digest]
    if (value !== undefined) component.hashes.set(algorithm, value)
  }
  addLicence(component, declared.licence)
  return component
}

function addLicence(component: Models.Component, licence: string | undefined): void {
  const text = licence?.trim().slice(0, MAX_LICENCE) ?? ''
  if (text === '') return
  component.licenses.add(
    SPDX.isSupportedSpdxId(text) ? new Models.SpdxLicense(text) : new Models.NamedLicense(text),
  )
}

function dependencyComponent(
  type: PurlType,
  { name, specifier, kind, foreign }: Dependency,
): Models.Component {
  const optional = kind === 'optional' || kind === 'peer' || kind === 'development'
  const component = new Models.Component(Enums.ComponentType.Library, name.slice(0, 214), {
    bomRef: `${kind}:${name}:${specifier}`.slice(0, 300),
    scope: optional ? Enums.ComponentScope.Optional : Enums.ComponentScope.Required,
    ...(foreign === undefined
      ? { purl: `pkg:${type}/${name.split('/').map(encodeURIComponent).join('/')}` }
      : {}),
  })
  component.properties.add(new Models.Property('sallyport:specifier', specifier.slice(0, 300)))
  component.properties.add(
    new Models.Property('sallyport:kind', foreign === undefined ? kind : `${kind} (${foreign})`),
  )
  return component
}

/** Packages that lie inside this one: npm's `node_modules`, a Python package vendored with its dist-info. */
function bundledPackages(contents: PackageContents): Models.Component[] {
  const components: Models.Component[] = []
  for (const entry of contents.entries) {
    if (components.length >= MAX_COMPONENTS) break
    const found =
      contents.type === 'npm'
        ? npmBundled(entry)
        : contents.type === 'pypi'
          ? pythonBundled(entry)
          : undefined
    if (found === undefined) continue
    const { name, version } = found
    const purl = purlOf({ type: contents.type, name, version })
    components.push(
      new Models.Component(Enums.ComponentType.Library, name, {
        version,
        purl,
        bomRef: `bundled:${entry.path}`.slice(0, 300),
      }),
    )
  }
  return components
}

type Named = { readonly name: string; readonly version: string } | undefined

function npmBundled({ path, content }: PackageEntry): Named {
  if (!/(?:^|\/)node_modules\/(?:@[^/]+\/)?[^/]+\/package\.json$/.test(path) || content === undefined)
    return undefined
  try {
    const manifest: unknown = JSON.parse(Buffer.from(content).toString('utf8'))
    if (typeof manifest !== 'object' || manifest === null) return undefined
    const { name, version } = manifest as { name?: unknown; version?: unknown }
    return typeof name === 'string' && typeof version === 'string'
      ? { name: name.slice(0, 214), version: version.slice(0, 100) }
      : undefined
  } catch {
    return undefined // the code layer looks at the file anyway; a bundled package without readable name is none
  }
}

/** `_vendor/requests-2.31.0.dist-info/METADATA`; the package's own dist-info lies at the top. */
function pythonBundled({ path }: PackageEntry): Named {
  const match = /\/([A-Za-z0-9._]+)-([0-9][^/-]*)\.dist-info\/METADATA$/.exec(path)
  const [, name, version] = match ?? []
  return name === undefined || version === undefined
    ? undefined
    : { name: name.toLowerCase().replace(/[-_.]+/g, '-'), version }
}

/** A UUID (version 8, RFC 9562) made of the artifact's digest. */
function serialNumber({ sha256 }: Digests): string | undefined {
  if (sha256 === undefined || !/^[0-9a-f]{64}$/.test(sha256)) return undefined
  const hex = `${sha256.slice(0, 12)}8${sha256.slice(13, 16)}8${sha256.slice(17, 32)}`
  return `urn:uuid:${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
