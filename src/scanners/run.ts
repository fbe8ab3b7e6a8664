// One examination: read the package, run every scanner that applies in layer order, account for each of them.
import { createHash } from 'node:crypto'
import { asGatewayError, type GatewayError } from '../model/errors.ts'
import type { Evidence, ScannerRun } from '../model/evidence.ts'
import { type Finding, LAYERS } from '../model/finding.ts'
import { DEFAULT_READ_LIMITS, type ReadLimits } from '../model/limits.ts'
import type { PackageContents } from '../model/package-contents.ts'
import { boundFindings } from './bound-findings.ts'
import type { CopyOut } from './copy-out.ts'
import type { ExamineJob } from './examination.ts'
import { type JoinedObservers, joinObservers, type ObserveLargeFile } from './large-files.ts'
import { layerApplies, MATRIX } from './matrix.ts'
import type { Scanner, ScannerData } from './scanner.ts'
import { EMPTY_SUMMARY, summarise } from './summary.ts'
import { type Walked, walkFiles } from './walk-files.ts'

/** A package reader as the examination sees it; the ecosystems' PackageReader has this shape. */
export interface ArtifactReader {
  accepts(fileName: string): boolean
  readPackage(
    file: ExamineJob,
    options: {
      readonly limits: ReadLimits
      readonly observe: ObserveLargeFile
      readonly signal: AbortSignal
    },
  ): Promise<PackageContents>
}

export interface ExaminationParts {
  readonly readers: Readonly<Partial<Record<ExamineJob['type'], readonly ArtifactReader[]>>>
  readonly scanners: readonly Scanner[]
  readonly data: Pick<ScannerData, 'rules' | 'popularNames'>
  /** Makes the CycloneDX document. */
  readonly describe: (contents: PackageContents) => Promise<NonNullable<Evidence['sbom']>>
  /** Digest over everything in `data`. */
  readonly dataRevision: string
}

/** What leaves the examiner; identity, key and time are stamped by the gateway. */
export type Examined = Pick<Evidence, 'findings' | 'runs' | 'summary' | 'sbom'>

type Identity = Pick<ScannerRun, 'scanner' | 'version' | 'layer'>

export const READER: Identity = { scanner: 'package-reader', version: 1, layer: 'integrity' }
export const SBOM: Identity = { scanner: 'sbom', version: 1, layer: 'integrity' }

/**
 * Never throws for what an artifact contains: a package that cannot be read is a critical finding, a reader or scanner
 * that breaks is a failed run, and every scanner is in `runs` as ran, skipped (with the reason) or failed. Every unpacked
 * file also goes to `copy`, for tools outside.
 */
export async function examine(
  job: ExamineJob,
  parts: ExaminationParts,
  signal: AbortSignal,
  copy?: CopyOut,
): Promise<Examined> {
  const scanners = inLayerOrder(parts.scanners)
  const data = dataFor(job, parts)
  const observers = joinObservers(scanners, data, copy)
  const started = performance.now()
  const read = await readArtifact(job, parts, observers, signal)
  const reading = performance.now() - started
  if (!('contents' in read)) return unread(read, scanners, reading)
  for (const entry of read.contents.entries) copy?.whole(entry)
  return scanContents(read.contents, { scanners, data, observers, reading, describe: parts.describe, signal })
}

/** Another key means that another examination would be made of the same bytes. */
export function examinationKey(parts: Pick<ExaminationParts, 'scanners' | 'dataRevision'>): string {
  const versions = [READER, SBOM, ...parts.scanners.map(identityOf)].map((run) => [run.scanner, run.version])
  return createHash('sha256')
    .update(JSON.stringify([versions, MATRIX, parts.dataRevision]))
    .digest('hex')
    .slice(0, 32)
}

/** In the order in which `examine` accounts for them. */
export function expectedRuns(scanners: readonly Scanner[]): readonly Identity[] {
  return [READER, ...inLayerOrder(scanners).map(identityOf), SBOM]
}

function inLayerOrder(scanners: readonly Scanner[]): readonly Scanner[] {
  return scanners.toSorted((a, b) => LAYERS.indexOf(a.layer) - LAYERS.indexOf(b.layer))
}

function identityOf(scanner: Scanner): Identity {
  return { scanner: scanner.id, version: scanner.version, layer: scanner.layer }
}

function dataFor(job: ExamineJob, parts: ExaminationParts): ScannerData {
  return {
    ...parts.data,
    ...(job.previous === undefined ? {} : { previous: job.previous }),
    ...(job.malware === undefined ? {} : { malware: job.malware }),
  }
}

type Read =
  | { readonly contents: PackageContents }
  | { readonly refused: Finding }
  | { readonly failed: string }

async function readArtifact(
  job: ExamineJob,
  parts: ExaminationParts,
  observers: JoinedObservers,
  signal: AbortSignal,
): Promise<Read> {
  const reader = parts.readers[job.type]?.find((one) => one.accepts(job.fileName))
  if (reader === undefined) return { failed: `no reader knows a ${job.type} file named ${job.fileName}` }
  const options = { limits: job.limits ?? DEFAULT_READ_LIMITS, observe: observers.observe, signal }
  try {
    return { contents: await reader.readPackage(job, options) }
  } catch (thrown) {
    const error = asGatewayError(thrown)
    // How long reading takes is told by the machine and its load, too: held, not blamed on the artifact.
    const isLate = error.facts['rule'] === 'archive-limit-time'
    const refused = !isLate && (error.code === 'PACKAGE_INVALID' || error.code === 'TOO_LARGE')
    return refused ? { refused: refusal(error) } : { failed: `${error.code}: ${error.message}` }
  }
}

/** What no client should be given is a fact about the artifact, not a failure of the examination. */
function refusal(error: GatewayError): Finding {
  const { rule, file } = error.facts
  return {
    rule:
      typeof rule === 'string' ? rule : error.code === 'TOO_LARGE' ? 'package-too-large' : 'package-invalid',
    layer: 'integrity',
    severity: 'critical',
    title: `The package cannot be read: ${error.message}`,
    detail: 'What our reader refuses, a client might read otherwise than every scanner does.',
    ...(typeof file === 'string' ? { file } : {}),
  }
}

function unread(
  read: Exclude<Read, { readonly contents: PackageContents }>,
  scanners: readonly Scanner[],
  milliseconds: number,
): Examined {
  const reader: ScannerRun =
    'failed' in read
      ? { ...READER, status: 'failed', reason: read.failed, milliseconds, required: true }
      : { ...READER, status: 'ran', milliseconds, required: true }
  const reason = 'the package could not be read'
  const skip = (identity: Identity): ScannerRun => ({
    ...identity,
    status: 'skipped',
    reason,
    milliseconds: 0,
    required: true,
  })
  return {
    findings: boundFindings('refused' in read ? [read.refused] : []),
    runs: [reader, ...scanners.map((scanner) => skip(identityOf(scanner))), skip(SBOM)],
    summary: EMPTY_SUMMARY,
  }
}

interface Scan {
  readonly scanners: readonly Scanner[]
  readonly data: ScannerData
  readonly observers: JoinedObservers
  readonly reading: number
  readonly describe: ExaminationParts['describe']
  readonly signal: AbortSignal
}

async function scanContents(contents: PackageContents, scan: Scan): Promise<Examined> {
  const findings: Finding[] = [...contents.readerFindings]
  const runs: ScannerRun[] = [{ ...READER, status: 'ran', milliseconds: scan.reading, required: true }]
  const reasons = new Map(
    scan.scanners.map((scanner) => [scanner, skipReason(scanner, contents, scan.data)] as const),
  )
  const walking = scan.scanners.filter(
    (scanner) => reasons.get(scanner) === undefined && scan.observers.failureOf(scanner.id) === undefined,
  )
  const walked = await walkFiles(walking, contents, scan.data, scan.signal)
  for (const scanner of scan.scanners) {
    const walk = walked.get(scanner)
    const outcome =
      reasons.get(scanner) ??
      (await timed(async () => {
        findings.push(...(await runScanner(scanner, walk, contents, scan)))
      }, walk?.milliseconds))
    runs.push({ ...identityOf(scanner), ...outcome, required: true })
  }
  let sbom: Examined['sbom']
  const described = await timed(async () => {
    sbom = await scan.describe(contents)
  })
  runs.push({ ...SBOM, ...described, required: true })
  return {
    findings: boundFindings(findings),
    runs,
    summary: summarise(contents, capabilitiesIn(findings)),
    ...(sbom === undefined ? {} : { sbom }),
  }
}

/** The capabilities scanner says them as findings `capability-<word>`. */
function capabilitiesIn(findings: readonly Finding[]): string[] {
  return findings.flatMap((finding) => /^capability-(.+)$/.exec(finding.rule)?.[1] ?? [])
}

type Outcome = Pick<ScannerRun, 'status' | 'reason' | 'milliseconds'>

/** A skip, a failure to tell whether it applies, or undefined when the scanner is to run. */
function skipReason(scanner: Scanner, contents: PackageContents, data: ScannerData): Outcome | undefined {
  try {
    const byFormat = layerApplies(contents.format, scanner.layer)
    const applies = byFormat === true ? scanner.applies(contents, data) : byFormat
    return applies === true ? undefined : { status: 'skipped', reason: applies, milliseconds: 0 }
  } catch (thrown) {
    return { status: 'failed', reason: asGatewayError(thrown).message, milliseconds: 0 }
  }
}

async function runScanner(
  scanner: Scanner,
  walk: Walked | undefined,
  contents: PackageContents,
  scan: Scan,
): Promise<readonly Finding[]> {
  const broken = scan.observers.failureOf(scanner.id)
  if (broken !== undefined) throw new Error(`reading a large file: ${broken}`)
  if (scan.signal.aborted) throw new Error('no time left')
  const findings = walk ? walk.end() : await scanner.scan(contents, scan.data, scan.signal)
  if (scan.signal.aborted) throw new Error('out of time')
  return findings
}

async function timed(work: () => Promise<unknown>, before = 0): Promise<Outcome> {
  const started = performance.now() - before
  try {
    await work()
    return { status: 'ran', milliseconds: performance.now() - started }
  } catch (thrown) {
    return {
      status: 'failed',
      reason: asGatewayError(thrown).message,
      milliseconds: performance.now() - started,
    }
  }
}
