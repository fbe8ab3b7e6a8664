// The copy of the audit log that people read and ship: one JSON object a line, appended before the entry counts in the ledger.
import {
  accessSync,
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  writeSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { GatewayError } from '../model/errors.ts'
import type { AuditCopy, AuditEntry } from '../storage/audit.ts'

/** Where the file of a data directory is. */
export function auditFileOf(dataDirectory: string): string {
  return join(dataDirectory, 'audit', 'audit.jsonl')
}

const TAIL_BYTES = 64 * 1024

interface Tail {
  readonly size: number
  readonly sequence: number
  readonly hash: string
}

/**
 * Any number of processes may write the same file: the ledger's transaction, in which `write` is called, keeps them apart. What
 * another process's ledger holds and the file does not yet is written first. A file that says something else than the ledger
 * is put aside, never overwritten.
 */
export function createAuditFile(file: string): AuditCopy {
  let known: Tail | undefined
  /** End of the file before the last write: when that transaction was rolled back, its lines are taken out again. */
  let unconfirmed: { readonly size: number; readonly sequence: number; readonly before: Tail } | undefined

  function open(): number {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    return openSync(file, constants.O_RDWR | constants.O_APPEND | constants.O_CREAT, 0o600)
  }

  function tailOf(fd: number, first: number): Tail {
    const { size } = fstatSync(fd)
    if (unconfirmed !== undefined && unconfirmed.size === size && unconfirmed.sequence >= first) {
      ftruncateSync(fd, unconfirmed.before.size)
      return unconfirmed.before
    }
    return known?.size === size ? known : readTail(fd, size)
  }

  async function append(
    fd: number,
    entries: readonly AuditEntry[],
    entriesAfter: (sequence: number) => Promise<readonly AuditEntry[]>,
  ): Promise<void> {
    const first = entries[0]?.sequence ?? 0
    const before = tailOf(fd, first)
    const isNext = before.sequence === first - 1 && before.hash === entries[0]?.previous
    const missing = isNext || before.size === 0 ? entries : await missingAfter(before, entriesAfter)
    if (before.size > 0 && missing[0]?.previous !== before.hash) return putAside(entries, entriesAfter)
    writeAll(fd, missing)
    const last = missing.at(-1)
    if (last === undefined) return
    known = { size: fstatSync(fd).size, sequence: last.sequence, hash: last.hash }
    unconfirmed = { size: known.size, sequence: last.sequence, before }
  }

  async function putAside(
    entries: readonly AuditEntry[],
    entriesAfter: (sequence: number) => Promise<readonly AuditEntry[]>,
  ): Promise<void> {
    const stamp = (entries[0]?.at ?? '').replace(/[^0-9A-Za-z]/g, '')
    renameSync(file, `${file.replace(/\.jsonl$/, '')}-differs-${stamp}-${entries[0]?.sequence}.jsonl`)
    known = undefined
    unconfirmed = undefined
    await withFile((fresh) => append(fresh, entries, entriesAfter))
  }

  async function withFile(action: (fd: number) => Promise<void>): Promise<void> {
    const fd = open()
    try {
      await action(fd)
    } finally {
      closeSync(fd)
    }
  }

  return {
    async write(entries, entriesAfter) {
      try {
        await withFile((fd) => append(fd, entries, entriesAfter))
      } catch (thrown) {
        throw unwritable(file, thrown)
      }
    },
    check() {
      try {
        closeSync(open())
        accessSync(file, constants.W_OK)
      } catch (thrown) {
        throw unwritable(file, thrown)
      }
    },
  }
}

function writeAll(fd: number, entries: readonly AuditEntry[]): void {
  const bytes = Buffer.from(entries.map((entry) => `${auditLine(entry)}\n`).join(''))
  let written = 0
  while (written < bytes.length) written += writeSync(fd, bytes, written)
}

/** One entry on one line, keys always in this order. */
export function auditLine(entry: AuditEntry): string {
  const { sequence, at, actor, action, subject, details, previous, hash } = entry
  return JSON.stringify({ sequence, at, actor, action, subject, details, previous, hash })
}

/** The last whole line; a torn one, of a process that was killed, is cut off. */
function readTail(fd: number, size: number): Tail {
  const length = Math.min(size, TAIL_BYTES)
  const bytes = Buffer.alloc(length)
  readSync(fd, bytes, 0, length, size - length)
  const end = bytes.lastIndexOf(0x0a)
  if (end < length - 1) ftruncateSync(fd, size - length + end + 1)
  if (end < 0) return { size: 0, sequence: 0, hash: '' }
  const start = bytes.lastIndexOf(0x0a, end - 1) + 1
  const { sequence, hash } = parseLine(bytes.subarray(start, end).toString('utf8'))
  return { size: size - length + end + 1, sequence: Number(sequence), hash: String(hash) }
}

function parseLine(line: string): Partial<AuditEntry> {
  try {
    return JSON.parse(line)
  } catch {
    return {} // not ours: it links to nothing, so that the file is put aside
  }
}

async function missingAfter(
  { sequence }: Tail,
  entriesAfter: (sequence: number) => Promise<readonly AuditEntry[]>,
): Promise<readonly AuditEntry[]> {
  return Number.isInteger(sequence) ? entriesAfter(sequence) : []
}

function unwritable(file: string, thrown: unknown): GatewayError {
  const reason = thrown instanceof Error ? thrown.message : String(thrown)
  return new GatewayError(
    'AUDIT_FAILED',
    `the audit log cannot be written, so nothing new is approved (${reason})`,
    { file, retryAfterSeconds: 30 },
    { cause: thrown },
  )
}
