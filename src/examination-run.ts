// Composition root of `scan FILE`: the parts of the gateway that examine and decide, without one that serves.
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { dirname } from 'node:path'
import { loadMalwareFeed } from './advisories/malware-feed.ts'
import type { Config } from './config/config.ts'
import { allReaders } from './ecosystems/readers.ts'
import { tarballType } from './ecosystems/tarball-type.ts'
import { createPolicyJudge } from './gate/policy-judge.ts'
import { createExaminers } from './gateway-examiners.ts'
import type { ArtifactClaim, Digests, PurlType } from './model/claim.ts'
import { asGatewayError, GatewayError } from './model/errors.ts'
import type { Evidence } from './model/evidence.ts'
import type { Verdict } from './model/verdict.ts'
import { loadPolicy } from './policy/load.ts'
import type { ExaminerPool } from './scanners/examination.ts'

export interface Examined {
  /** File name or package URL. */
  readonly subject: string
  readonly verdict?: Verdict
  readonly evidence?: Evidence
  /** Why nothing could be told. */
  readonly error?: { readonly code: string; readonly message: string }
}

export interface FileToExamine {
  readonly location: string
  readonly fileName: string
  readonly sizeBytes: number
}

type Progress = (done: number) => void

/** Examines local files, as many at a time as the pool has processes. A file that no reader accepts is an error of its own. */
export async function examineFiles(
  files: readonly FileToExamine[],
  config: Config,
  progress: Progress,
): Promise<Examined[]> {
  const policy = loadPolicy(config.policy, config.dataDirectory)
  const feed = await loadMalwareFeed(config.malwareFeeds)
  const readable = [...new Set(files.map(({ location }) => dirname(location)))]
  const processes = Math.min(config.pools.examiners, files.length)
  const pool = await createExaminers(config, readable, { processes, spares: 0, warm: false })
  let done = 0
  const examineOne = async (file: FileToExamine): Promise<Examined> => {
    try {
      const evidence = await examineFile(file, pool, config)
      const claim = claimOf(file, evidence)
      const judge = createPolicyJudge(
        {
          policy,
          revision: policy.revision,
          advisories: feed.entriesOf(claim.type, claim.name),
          advisoryRevision: feed.revision,
          releases: [],
          staleFeeds: [],
          audited: false,
          waivers: [],
        },
        feed.entriesOfDigest(evidence.sha256),
      )
      return { subject: file.fileName, verdict: judge.decide(claim, evidence, new Date()), evidence }
    } catch (thrown) {
      return { subject: file.fileName, error: errorOf(thrown) }
    } finally {
      progress(++done)
    }
  }
  try {
    return await inLanes(files, config.pools.examiners * LANES_PER_EXAMINER, examineOne)
  } finally {
    await pool.close()
  }
}

/** One lane reads and hashes a file while another one's is examined; more would only wait in the pool's bounded queue. */
const LANES_PER_EXAMINER = 2

/** Results in the order of the items, a bounded number of them under way at a time. */
async function inLanes<T, R>(
  items: readonly T[],
  lanes: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = new Array(items.length)
  const waiting = items.entries()
  const lane = async () => {
    for (const [at, item] of waiting) results[at] = await work(item)
  }
  await Promise.all(Array.from({ length: Math.max(1, lanes) }, lane))
  return results
}

async function examineFile(file: FileToExamine, pool: ExaminerPool, { limits }: Config): Promise<Evidence> {
  const type = await typeOf(file)
  return pool.examine(
    { ...file, digests: await digestsOf(file.location), type, limits: limits.read },
    'client',
  )
}

/** By what the readers say of the name, and for a tarball by what lies in it. Throws BAD_REQUEST for a name that none accepts. */
async function typeOf({ fileName, location }: FileToExamine): Promise<PurlType> {
  const types = Object.entries(allReaders).flatMap(([type, readers]) =>
    readers.some((reader) => reader.accepts(fileName)) ? [type as PurlType] : [],
  )
  const [type] = types
  if (type === undefined)
    throw new GatewayError(
      'BAD_REQUEST',
      `${fileName} is no package file that any reader knows (.tgz, .whl, .tar.gz, .deb, .rpm, .apk)`,
      { fileName },
    )
  return types.length === 1 ? type : ((await tarballType(location)) ?? type)
}

/** A file claims nothing but what it says of itself; it has no publish time, so no cooldown can be told. */
function claimOf({ fileName }: FileToExamine, { summary, type }: Evidence): ArtifactClaim {
  return {
    repository: 'file',
    type,
    name: summary.name ?? fileName,
    version: summary.version ?? '0',
    path: fileName,
    indexKey: '',
    url: '',
    digests: {},
    publishedAt: new Date(0).toISOString(),
    facts: {},
  }
}

async function digestsOf(location: string): Promise<Digests> {
  const names = ['md5', 'sha1', 'sha256', 'sha512'] as const
  const hashes = names.map((name) => [name, createHash(name)] as const)
  for await (const chunk of createReadStream(location)) for (const [, hash] of hashes) hash.update(chunk)
  return Object.fromEntries(hashes.map(([name, hash]) => [name, hash.digest('hex')]))
}

/** What is told of a failure in place of a verdict. */
export function errorOf(thrown: unknown): { code: string; message: string } {
  const { code, message } = asGatewayError(thrown)
  return { code, message }
}
