// Entry of the isolated child process: jobs come in on standard input, evidence leaves on standard output.
import { parseArgs } from 'node:util'
import { allReaders } from './ecosystems/readers.ts'
import { asGatewayError } from './model/errors.ts'
import { allScanners } from './scanners/all.ts'
import { describePackage } from './scanners/content/sbom.ts'
import { createCopyOut } from './scanners/copy-out.ts'
import { loadScannerData } from './scanners/data.ts'
import type { ExamineJob } from './scanners/examination.ts'
import { createLineReader, frame } from './scanners/pool/frames.ts'
import { type ExaminationParts, examinationKey, examine, expectedRuns } from './scanners/run.ts'
import { warmUp } from './scanners/warm-up.ts'
import { loadYaraRules } from './scanners/yara/load.ts'
import { yaraScanner } from './scanners/yara/scanner.ts'

const MAX_JOB_BYTES = 64 * 1024 * 1024

/** One line in: a job with its number and the milliseconds it may take before the gateway kills this process. */
export interface JobMessage {
  readonly id: number
  readonly job: ExamineJob
  readonly milliseconds: number
  /** Send a copy of every unpacked file before the answer. */
  readonly copies: boolean
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    // What is stripped is read by pool/stripped-code.mjs, before this file.
    options: { prepared: { type: 'string' }, stripped: { type: 'string' }, cold: { type: 'boolean' } },
    allowPositionals: true,
  })
  const { data, revision } = await loadScannerData({
    data: new URL('../data/', import.meta.url),
    rules: new URL('../rules/', import.meta.url),
    ownRules: positionals,
    ...(values.prepared === undefined ? {} : { prepared: values.prepared }),
  })
  const yara = loadYaraRules(positionals)
  const scanners = yara === undefined ? allScanners : [...allScanners, yaraScanner(yara)]
  const parts: ExaminationParts = {
    readers: allReaders,
    scanners,
    data,
    describe: describePackage,
    dataRevision: yara === undefined ? revision : `${revision} ${yara.revision}`,
  }
  // Without its module the YARA scanner fails on every artifact, and says so there.
  if (values.cold !== true)
    await warmUp(
      yara === undefined || 'missing' in yara.compiled ? { ...parts, scanners: allScanners } : parts,
    )
  listen(parts)
  say({ ready: { examinationKey: examinationKey(parts), runs: expectedRuns(scanners) } })
}

function listen(parts: ExaminationParts): void {
  const onChunk = createLineReader(MAX_JOB_BYTES, (line) => {
    const message: JobMessage = JSON.parse(line) // from our own gateway
    void answer(message, parts)
  })
  process.stdin.on('data', onChunk)
  // The gateway is gone, or wants this process to end.
  process.stdin.on('end', () => process.exit(0))
}

async function answer({ id, job, milliseconds, copies }: JobMessage, parts: ExaminationParts): Promise<void> {
  try {
    // A little before the kill, so that a slow scanner that listens becomes a failed run with a name.
    const signal = AbortSignal.timeout(Math.ceil(milliseconds * 0.9))
    const copy = copies ? createCopyOut((piece) => say({ id, copy: piece })) : undefined
    say({ id, examined: await examine(job, parts, signal, copy) })
  } catch (thrown) {
    say({ id, error: asGatewayError(thrown).message })
  }
}

function say(message: unknown): void {
  process.stdout.write(frame(message))
}

await main()
