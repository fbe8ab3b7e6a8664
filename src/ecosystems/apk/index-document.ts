// An apk index on the way in: verified against the vendor's pinned key, claims read from every stanza.
import type { ArtifactClaim } from '../../model/claim.ts'
import type { IndexDocument, IndexSet } from '../../model/index-set.ts'
import type { GenerationDocument, ListedPackage, LoadContext, ReadContext } from '../ecosystem.ts'
import { sourceFacts } from '../same-source.ts'
import { type ApkIndexFile, invalid, parseApkIndex } from './index-file.ts'
import { INDEX_NAME } from './requests.ts'
import { type ApkStanza, apkStanzas } from './stanzas.ts'
import { readVendorKeys, verifyIndex } from './vendor-keys.ts'

/** `key` is the index folder. Throws UPSTREAM_INVALID for an index that no pinned key signed. */
export async function loadApkIndex(key: string, context: LoadContext): Promise<IndexSet | undefined> {
  const { settings, former } = context
  const known = former?.documents[0]
  const document = await context.fetch(
    INDEX_NAME,
    `${settings.upstreams[0]}/${key}/${INDEX_NAME}`,
    known === undefined ? {} : { former: known },
  )
  if (document === undefined) return undefined
  if (known !== undefined && known.sha256 === document.sha256 && former !== undefined) return former
  const file = await parseApkIndex(await context.open(document), key)
  const paths = settings.options['keys']
  const signer = verifyIndex(file, await readVendorKeys(Array.isArray(paths) ? paths.map(String) : []), key)
  return { key, documents: [document], facts: { signer, description: file.description.trim() } }
}

async function openApkIndex(index: IndexSet, context: ReadContext): Promise<ApkIndexFile> {
  const [document] = index.documents as readonly [IndexDocument | undefined]
  if (document === undefined) throw invalid(index.key, 'has no document')
  return parseApkIndex(await context.open(document), index.key)
}

/** An index cut into its packages. */
export interface ApkListing extends Pick<ApkIndexFile, 'text' | 'description'> {
  readonly packages: readonly {
    readonly start: number
    readonly end: number
    readonly claim: ArtifactClaim
  }[]
}

/** Of one claim, its stanza and its objects, roughly. */
const CLAIM_BYTES = 1500

/** Read once, however many generations are made of it. Throws UPSTREAM_INVALID for two packages under one path. */
export async function readApkListing(index: IndexSet, context: ReadContext): Promise<ApkListing> {
  const read = async () => {
    const { text, description } = await openApkIndex(index, context)
    const paths = new Set<string>()
    const packages = Array.from(apkStanzas(text, index.key), ({ start, end, fields }) => {
      const claim = apkClaim(fields, index.key, context)
      if (paths.has(claim.path)) throw invalid(index.key, `lists ${claim.path} twice`)
      paths.add(claim.path)
      return { start, end, claim }
    })
    return {
      value: { text, description, packages },
      sizeBytes: text.byteLength + packages.length * CLAIM_BYTES,
    }
  }
  if (context.remember === undefined) return (await read()).value
  const { name, upstreams, options } = context.settings
  const origin = JSON.stringify([name, upstreams[0], sourceFacts(options), index.key])
  return context.remember(`apk ${index.documents[0]?.sha256} ${origin}`, read)
}

export async function readApkClaims(index: IndexSet, context: ReadContext): Promise<Iterable<ArtifactClaim>> {
  return (await readApkListing(index, context)).packages.map(({ claim }) => claim)
}

/**
 * The claim of one stanza. Its one digest, `C:`, is the SHA-1 of the compressed control member, which names the data by
 * `datahash`: the package reader compares it (facts.identity).
 */
function apkClaim(
  fields: ApkStanza['fields'],
  key: string,
  { settings }: Pick<ReadContext, 'settings'>,
): ArtifactClaim {
  const { P, V, A, S, C, o = P } = fields
  const parent = key.split('/').slice(0, -1).join('/')
  const folder =
    A === 'noarch' && !key.endsWith('/noarch') ? [parent, A].filter((part) => part !== '').join('/') : key
  const file = `${P}-${V}.apk`
  return {
    repository: settings.name,
    type: 'apk',
    name: P,
    version: V,
    // In the index's own folder, whatever folder the client is told: what one index drops another may still promise.
    path: `${key}/${file}`,
    indexKey: key,
    url: `${settings.upstreams[0]}/${`${folder}/${file}`.split('/').map(encodeURIComponent).join('/')}`,
    digests: {},
    sizeBytes: Number(S),
    facts: { architecture: A, identity: C, source: o, sourceVersion: V, ...sourceFacts(settings.options) },
  }
}

/** Every package of a kept index of ours. */
export async function* listApkIndex(
  documents: readonly GenerationDocument[],
  { open }: Pick<ReadContext, 'open'>,
): AsyncGenerator<ListedPackage> {
  for (const { path, sha256, sizeBytes } of documents.filter((one) => one.path === INDEX_NAME)) {
    const { text } = await parseApkIndex(await open({ name: path, url: '', sha256, sizeBytes }), path)
    for (const { fields } of apkStanzas(text, path))
      yield { name: fields.P, version: fields.V, architecture: fields.A }
  }
}
