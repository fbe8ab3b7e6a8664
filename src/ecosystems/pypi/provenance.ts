// A provenance object (PEP 740) as a checked value, and what its signed statements say.
import { normaliseName } from './names.ts'

export interface Attestation {
  readonly certificate: string
  readonly transparencyEntries: readonly unknown[]
  /** Base64 of the signed in-toto statement. */
  readonly statement: string
  readonly signature: string
  readonly publisher: Publisher
}

/** Who published, as the index claims; the certificate must say the same. */
export interface Publisher {
  readonly kind: string
  readonly claims: Readonly<Record<string, unknown>>
}

export interface Statement {
  readonly subjectName: string
  readonly subjectSha256: string
  readonly predicateType: string
}

// Publishing (PEP 740) and build provenance (SLSA): the two that the index defines.
const PREDICATE = /^https:\/\/(?:[^/]+\/attestations\/publish\/v1|slsa\.dev\/provenance\/v1)$/
const IN_TOTO = 'https://in-toto.io/Statement/v1'

/** Undefined when the bytes are no version 1 provenance object with at least one attestation. */
export function parseProvenance(bytes: Uint8Array): readonly Attestation[] | undefined {
  const provenance = parseRecord(Buffer.from(bytes).toString('utf8'))
  const bundles = provenance?.['attestation_bundles']
  if (provenance?.['version'] !== 1 || !Array.isArray(bundles)) return undefined
  const attestations: Attestation[] = []
  for (const bundle of bundles.map(record)) {
    const { kind, ...claims } = record(bundle['publisher'])
    const list = bundle['attestations']
    if (typeof kind !== 'string' || !Array.isArray(list)) return undefined
    for (const one of list.map(record)) {
      const attestation = parseAttestation(one, { kind, claims })
      if (attestation === undefined) return undefined
      attestations.push(attestation)
    }
  }
  return attestations.length === 0 ? undefined : attestations
}

function parseAttestation(value: Record<string, unknown>, publisher: Publisher): Attestation | undefined {
  const { certificate, transparency_entries: transparencyEntries } = record(value['verification_material'])
  const { statement, signature } = record(value['envelope'])
  if (value['version'] !== 1 || typeof certificate !== 'string' || !Array.isArray(transparencyEntries))
    return undefined
  if (typeof statement !== 'string' || typeof signature !== 'string') return undefined
  return { certificate, transparencyEntries, statement, signature, publisher }
}

/** Undefined when it is no statement about exactly one file of a known kind. */
export function parseStatement(base64: string): Statement | undefined {
  const statement = parseRecord(Buffer.from(base64, 'base64').toString('utf8'))
  const subjects = statement?.['subject']
  const predicateType = statement?.['predicateType']
  if (statement?.['_type'] !== IN_TOTO || !Array.isArray(subjects) || subjects.length !== 1) return undefined
  const { name, digest } = record(subjects[0])
  const { sha256 } = record(digest)
  if (typeof name !== 'string' || typeof sha256 !== 'string') return undefined
  if (typeof predicateType !== 'string' || !PREDICATE.test(predicateType)) return undefined
  return { subjectName: name, subjectSha256: sha256, predicateType }
}

/** File names are compared in the spelling of PEP 503, for indexes and builders spell projects differently. */
export function isSameFile(a: string, b: string): boolean {
  return normaliseName(a) === normaliseName(b)
}

function parseRecord(text: string): Record<string, unknown> | undefined {
  try {
    return record(JSON.parse(text))
  } catch {
    return undefined // callers say "not readable", which is never "verified"
  }
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {}
}
