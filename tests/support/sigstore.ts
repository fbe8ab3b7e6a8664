// A sigstore deployment of its own: certificate authority, certificate log and transparency log, and the trusted root that names them.
import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import { initializeCA, initializeCTLog, initializeTLog } from '@sigstore/mock'

export interface AttestOptions {
  readonly filename: string
  readonly sha256: string
  /** Identity in the certificate. */
  readonly subjectAlternativeName: string
  readonly issuer: string
  /** As the index names them. */
  readonly publisher: Readonly<Record<string, unknown>>
  readonly predicateType?: string
}

export interface Sigstore {
  /** `trusted_root.json`. */
  readonly trustedRoot: string
  /** A provenance object (PEP 740) with one attestation. */
  attest(options: AttestOptions): Promise<Record<string, unknown>>
}

const ISSUER_EXTENSION = '1.3.6.1.4.1.57264.1.8'
const PAYLOAD_TYPE = 'application/vnd.in-toto+json'

export async function createSigstore(): Promise<Sigstore> {
  const keys = () => generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const ctlog = await initializeCTLog(keys())
  const ca = await initializeCA(generateKeyPairSync('ec', { namedCurve: 'P-384' }), ctlog)
  const tlog = await initializeTLog('https://log.sigstore.test', keys())
  return {
    trustedRoot: JSON.stringify(trustedRoot(ca, ctlog, tlog)),
    async attest(options) {
      const { publicKey, privateKey } = keys()
      const certificate = await ca.issueCertificate({
        publicKey: publicKey.export({ format: 'der', type: 'spki' }) as never,
        subjectAltName: options.subjectAlternativeName,
        extensions: [{ oid: ISSUER_EXTENSION, value: options.issuer }],
      })
      const der = bytesOf(certificate)
      const statement = statementOf(options)
      const signature = sign('sha256', preAuthenticated(statement), privateKey)
      const entry = await logged(tlog, der, statement, signature)
      const attestation = {
        version: 1,
        verification_material: { certificate: der.toString('base64'), transparency_entries: [entry] },
        envelope: { statement: statement.toString('base64'), signature: signature.toString('base64') },
      }
      return {
        version: 1,
        attestation_bundles: [{ publisher: options.publisher, attestations: [attestation] }],
      }
    },
  }
}

type Log = Awaited<ReturnType<typeof initializeTLog>>

interface LogEntry {
  readonly body: string
  readonly logID: string
  readonly logIndex: number
  readonly integratedTime: number
  readonly verification: {
    readonly signedEntryTimestamp: string
    readonly inclusionProof: {
      readonly logIndex: number
      readonly treeSize: number
      readonly rootHash: string
      readonly checkpoint: string
    }
  }
}

function statementOf({ filename, sha256, predicateType }: AttestOptions): Buffer {
  return Buffer.from(
    JSON.stringify({
      _type: 'https://in-toto.io/Statement/v1',
      subject: [{ name: filename, digest: { sha256 } }],
      predicateType: predicateType ?? 'https://index.test/attestations/publish/v1',
      predicate: null,
    }),
  )
}

/** What a DSSE signature is over (DSSE protocol, "PAE"). */
function preAuthenticated(payload: Buffer): Buffer {
  const head = `DSSEv1 ${PAYLOAD_TYPE.length} ${PAYLOAD_TYPE} ${payload.byteLength} `
  return Buffer.concat([Buffer.from(head), payload])
}

/** An entry of kind dsse, in the JSON form of sigstore's protobuf. */
async function logged(
  tlog: Log,
  certificate: Buffer,
  statement: Buffer,
  signature: Buffer,
): Promise<unknown> {
  const pem = `-----BEGIN CERTIFICATE-----\n${certificate.toString('base64').replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`
  const proposed = {
    apiVersion: '0.0.1',
    kind: 'dsse',
    spec: {
      payloadHash: { algorithm: 'sha256', value: createHash('sha256').update(statement).digest('hex') },
      signatures: [
        { signature: signature.toString('base64'), verifier: Buffer.from(pem).toString('base64') },
      ],
    },
  }
  const [entry] = Object.values<LogEntry>((await tlog.log(proposed)) as Record<string, LogEntry>)
  if (entry === undefined) throw new Error('the log returned no entry')
  const proof = entry.verification.inclusionProof
  return {
    logIndex: String(entry.logIndex),
    logId: { keyId: Buffer.from(entry.logID, 'hex').toString('base64') },
    kindVersion: { kind: 'dsse', version: '0.0.1' },
    integratedTime: String(entry.integratedTime),
    inclusionPromise: { signedEntryTimestamp: entry.verification.signedEntryTimestamp },
    inclusionProof: {
      logIndex: String(proof.logIndex),
      rootHash: Buffer.from(proof.rootHash, 'hex').toString('base64'),
      treeSize: String(proof.treeSize),
      hashes: [],
      checkpoint: { envelope: proof.checkpoint },
    },
    canonicalizedBody: entry.body,
  }
}

function trustedRoot(
  ca: Awaited<ReturnType<typeof initializeCA>>,
  ctlog: Awaited<ReturnType<typeof initializeCTLog>>,
  tlog: Log,
): unknown {
  const validFor = { start: '2020-01-01T00:00:00Z' }
  const logOf = (baseUrl: string, publicKey: Buffer, keyId: Buffer) => ({
    baseUrl,
    hashAlgorithm: 'SHA2_256',
    publicKey: { rawBytes: publicKey.toString('base64'), keyDetails: 'PKIX_ECDSA_P256_SHA_256', validFor },
    logId: { keyId: keyId.toString('base64') },
  })
  return {
    mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
    tlogs: [
      logOf(
        'https://log.sigstore.test',
        tlog.publicKey,
        createHash('sha256').update(tlog.publicKey).digest(),
      ),
    ],
    ctlogs: [logOf('https://ct.sigstore.test', ctlog.publicKey, bytesOf(ctlog.logID))],
    certificateAuthorities: [
      {
        subject: { organization: 'sigstore.mock', commonName: 'sigstore' },
        uri: 'https://ca.sigstore.test',
        certChain: { certificates: [{ rawBytes: bytesOf(ca.rootCertificate).toString('base64') }] },
        validFor,
      },
    ],
    timestampAuthorities: [],
  }
}

function bytesOf(view: ArrayBufferView<ArrayBuffer> | ArrayBuffer): Buffer {
  return view instanceof ArrayBuffer
    ? Buffer.from(view)
    : Buffer.from(view.buffer, view.byteOffset, view.byteLength)
}
