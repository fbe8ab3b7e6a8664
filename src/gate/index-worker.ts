// Entry of an index worker thread: reads claims into the ledger and renders documents, off the event loop.
import { parentPort, workerData } from 'node:worker_threads'
import { ecosystemOf } from '../ecosystems/all.ts'
import type { GenerationDocument, OpenDocument, RenderContext } from '../ecosystems/ecosystem.ts'
import { checkSignature } from '../ecosystems/openpgp.ts'
import { asGatewayError } from '../model/errors.ts'
import type { Evidence } from '../model/evidence.ts'
import type { IndexDocument } from '../model/index-set.ts'
import type { Signer } from '../model/signer.ts'
import { createSignerSource } from '../signing/signer-source.ts'
import { openBlobStore, openLedger } from '../storage/all.ts'
import type { ClaimState, Ledger } from '../storage/ledger.ts'
import { openPieceFiles } from '../storage/piece-files.ts'
import { hitsOf } from './audit-answers.ts'
import { readDocument, streamDocument } from './document-fetch.ts'
import { withAdvisories } from './index-advisories.ts'
import type { CheckJob, IndexJob, IndexReply, IndexResult, IndexWorkerData } from './index-job.ts'
import type { Judge } from './judge.ts'
import { createMemory } from './memory.ts'
import { createPolicyJudge } from './policy-judge.ts'
import { prepareGeneration, prepareIndex } from './prepare.ts'
import { createScreenings } from './screenings.ts'
import { restsOnAdvisories, showClaims } from './show-claims.ts'
import { noSigner } from './signer.ts'

/** Text and stanzas of the largest archive's Packages, with room for its updates. */
const REMEMBERED_BYTES = 192 * 1024 * 1024

const data = workerData as IndexWorkerData
const blobs = await openBlobStore(data.blobsUrl)
const ledger = await openLedger(data.ledgerUrl)
const open: OpenDocument = (document) => readDocument(blobs, document)
const stream = (document: IndexDocument) => streamDocument(blobs, document)
const remember = createMemory(REMEMBERED_BYTES)
const screenings = createScreenings()
const pieces = data.piecesDirectory === undefined ? {} : { pieces: openPieceFiles(data.piecesDirectory) }

async function run(job: IndexJob): Promise<IndexResult> {
  const ecosystem = ecosystemOf(job.settings.type)
  const context = { settings: job.settings, open, stream, remember, ...pieces }
  if (job.renew !== undefined) return renew(job, job.renew)
  const changes = job.ingest
    ? await ledger.replaceClaims(
        job.settings.name,
        job.set.key,
        await collect(await ecosystem.readClaims(job.set, context)),
      )
    : undefined
  const ingested = changes === undefined ? {} : { changes }
  if (job.document === undefined && job.wholeGeneration !== true) return ingested
  const now = new Date(job.now)
  const judge = createPolicyJudge(await withAdvisories(job.judge, job.settings.type, ledger, remember))
  const decided = await ledger.decidedClaimsOf(job.settings.name, job.set.key)
  const evidence = await staleEvidence(decided, judge, now)
  const rendering = {
    ...context,
    show: showClaims({ settings: job.settings, judge, decided, evidence, now }),
    ...knownAdvisories(job),
    sign: await signerOf(job),
    now,
    generation: job.generation,
  }
  if (job.document !== undefined) {
    const rendered = await ecosystem.renderIndex(job.set, { ...rendering, document: job.document })
    return { ...ingested, rendered: prepareIndex(rendered) }
  }
  if (ecosystem.renderGeneration === undefined) throw new TypeError(`${ecosystem.type} has no generations`)
  const mayHide = screenings.mayHide(job, decided)
  const rendered = await ecosystem.renderGeneration(job.set, {
    ...rendering,
    put,
    ...(mayHide === undefined ? {} : { mayHide }),
  })
  const generation = prepareGeneration(rendered)
  screenings.note(job, decided, rendered.withheld, generation.reconsiderAt)
  return { ...ingested, generation }
}

/** Absent when no feed knows of such packages: what the upstream says of them is then passed on. */
function knownAdvisories({ judge, set }: IndexJob): Pick<RenderContext, 'advisories'> {
  const { advisories, audited } = judge
  if (!audited || advisories === 'of-releases') return {}
  return { advisories: (version) => advisories.flatMap((entry) => hitsOf(entry, set.key, [version])) }
}

const put = (body: AsyncIterable<Uint8Array>) => blobs.put(body, { maxBytes: Number.MAX_SAFE_INTEGER })

const signerSource =
  data.keysDirectory === undefined
    ? async () => noSigner
    : createSignerSource(data.keysDirectory, data.passphrase)

/** npm and PyPI never need a key, so they do not fail for one. */
async function signerOf({ wholeGeneration, renew: older }: IndexJob): Promise<Signer> {
  return wholeGeneration === true || older !== undefined ? signerSource() : noSigner
}

async function renew(job: IndexJob, documents: readonly GenerationDocument[]): Promise<IndexResult> {
  const { renewGeneration, type } = ecosystemOf(job.settings.type)
  if (renewGeneration === undefined) throw new TypeError(`${type} has nothing to renew`)
  const now = new Date(job.now)
  const context = { settings: job.settings, open, put, sign: await signerOf(job), now }
  const renewed = await renewGeneration(documents, context)
  return { generation: prepareGeneration({ ...renewed, withheld: [] }) }
}

async function collect<T>(items: AsyncIterable<T> | Iterable<T>): Promise<Iterable<T>> {
  if (Symbol.iterator in items) return items
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

/** Evidence of those verdicts that must be derived anew, by their examination key. */
async function staleEvidence(
  decided: readonly ClaimState[],
  judge: Judge,
  now: Date,
): Promise<Map<string, Evidence>> {
  const found = new Map<string, Evidence>()
  for (const { verdict, claim } of decided) {
    if (verdict === undefined) continue
    if (judge.standsBy(claim, verdict.sha256, verdict, now) && !restsOnAdvisories(verdict)) continue
    const evidence = await (ledger as Ledger).evidence(verdict.sha256, claim.type, verdict.examinationKey)
    if (evidence !== undefined) found.set(verdict.examinationKey, evidence)
  }
  return found
}

function transferable(result: IndexResult): ArrayBuffer[] {
  const bodies =
    result.rendered?.documents.flatMap(({ body, gzip }) => (gzip === undefined ? [body] : [body, gzip])) ?? []
  return [...new Set(bodies.map((body) => body.buffer as ArrayBuffer))]
}

parentPort?.on('message', async ({ id, job }: { id: number; job: IndexJob | CheckJob }) => {
  try {
    const result = 'check' in job ? { checked: await checkSignature(job.check) } : await run(job)
    parentPort?.postMessage({ id, result } satisfies IndexReply, transferable(result))
  } catch (thrown) {
    const { code, message, facts } = asGatewayError(thrown)
    parentPort?.postMessage({
      id,
      error: { code, message, facts: JSON.parse(JSON.stringify(facts)) },
    } satisfies IndexReply)
  }
})
