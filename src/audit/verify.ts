// Holds the audit log against itself, its checkpoints and its copy: whatever was changed, taken out or cut off is told.
import { createReadStream, existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import type { AuditCheckpoint, AuditEntry, AuditStore } from '../storage/audit.ts'
import { CHAIN_START, chainHash } from '../storage/audit-chain.ts'
import { auditLine } from './audit-file.ts'
import { fingerprintOf, isSigned } from './checkpoints.ts'

export interface AuditReport {
  readonly entries: number
  readonly checkpoints: number
  /** Lines of the file that were compared; absent when there is no file. */
  readonly lines?: number
  /** Fingerprints of the keys that signed checkpoints. */
  readonly keys: readonly string[]
  /** One sentence each; empty when all is well. */
  readonly problems: readonly string[]
}

const PAGE = 2000
const MAX_PROBLEMS = 20

/** `given` are checkpoints that were kept elsewhere; `file` is the JSONL copy. */
export async function verifyAudit(
  audit: AuditStore,
  file: string | undefined,
  given: readonly AuditCheckpoint[] = [],
): Promise<AuditReport> {
  const problems: string[] = []
  const checkpoints = [...(await audit.checkpoints()), ...given]
  const wanted = Map.groupBy(checkpoints, ({ sequence }) => sequence)
  const hashes: string[] = []
  for await (const entry of allEntries(audit)) {
    problems.push(...linkProblems(entry, hashes.length, hashes.at(-1)))
    hashes.push(entry.hash)
    for (const { hash, at } of wanted.get(entry.sequence) ?? [])
      if (hash !== entry.hash) problems.push(`the checkpoint of ${at} signed another entry ${entry.sequence}`)
  }
  problems.push(...checkpointProblems(checkpoints, hashes.length))
  const copy = file !== undefined && existsSync(file) ? await compareFile(file, audit) : undefined
  return {
    entries: hashes.length,
    checkpoints: checkpoints.length,
    ...(copy === undefined ? {} : { lines: copy.lines }),
    keys: [...new Set(checkpoints.map(fingerprintOf))],
    problems: [...problems, ...(copy?.problems ?? [])].slice(0, MAX_PROBLEMS),
  }
}

/** Every entry in order, a page at a time. */
export async function* allEntries(
  audit: AuditStore,
  filter: Parameters<AuditStore['entries']>[0] = {},
): AsyncGenerator<AuditEntry> {
  let after = filter.after ?? 0
  for (;;) {
    const page = await audit.entries({ ...filter, after, limit: PAGE })
    yield* page
    const last = page.at(-1)
    if (last === undefined || page.length < PAGE) return
    after = last.sequence
  }
}

function linkProblems(entry: AuditEntry, before: number, previous: string | undefined): string[] {
  const { sequence, hash } = entry
  const problems: string[] = []
  if (sequence !== before + 1) problems.push(`entry ${before + 1} is missing: ${sequence} follows ${before}`)
  if (entry.previous !== (previous ?? CHAIN_START))
    problems.push(`entry ${sequence} does not follow the entry before it`)
  if (chainHash(entry) !== hash) problems.push(`entry ${sequence} was changed: its hash is another one`)
  return problems
}

function checkpointProblems(checkpoints: readonly AuditCheckpoint[], entries: number): string[] {
  return checkpoints.flatMap((checkpoint) => {
    const { sequence, at } = checkpoint
    if (!isSigned(checkpoint)) return [`the checkpoint of ${at} has no valid signature`]
    return sequence > entries
      ? [`entries up to ${sequence} were signed at ${at}, but only ${entries} are left`]
      : []
  })
}

/** The file may begin later than the ledger, where it was rotated; from there on it must say the same to the end. */
async function compareFile(
  file: string,
  audit: AuditStore,
): Promise<{ lines: number; problems: readonly string[] }> {
  const problems: string[] = []
  let lines = 0
  let entries: AsyncGenerator<AuditEntry> | undefined
  for await (const line of createInterface({
    input: createReadStream(file),
    crlfDelay: Number.POSITIVE_INFINITY,
  })) {
    lines += 1
    entries ??= allEntries(audit, { after: sequenceOf(line) - 1 })
    const { value: entry, done } = await entries.next()
    if (done === true || entry === undefined) problems.push(`line ${lines} of ${file} is not in the ledger`)
    else if (auditLine(entry) !== line)
      problems.push(`line ${lines} of ${file} differs from entry ${entry.sequence} of the ledger`)
    if (problems.length >= MAX_PROBLEMS) break
  }
  const rest = await entries?.next()
  if (rest?.value !== undefined && problems.length < MAX_PROBLEMS)
    problems.push(`${file} ends before entry ${rest.value.sequence} of the ledger`)
  return { lines, problems }
}

function sequenceOf(line: string): number {
  const sequence = Number(/^\{"sequence":(\d+),/.exec(line)?.[1])
  return Number.isInteger(sequence) && sequence > 0 ? sequence : 1
}
