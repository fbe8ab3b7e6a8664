// The gateway's side of copied files: pieces are checked, handed on one after another, and the examiner waits meanwhile.
import type { CopyPiece, TakeCopy } from '../examination.ts'

/** More than an artifact may unpack to by default: a child that sends more is not ours any more. */
const MAX_COPIED_BYTES = 8 * 1024 * 1024 * 1024
const MAX_FILES = 1_000_000
const MAX_PATH = 1024

export interface CopyIn {
  /** One message of the child. Throws RangeError for what no honest child sends. */
  take(sent: unknown): void
  /** Resolves when everything that was taken has been handed on. */
  settled(): Promise<void>
}

/** `hold` and `release` stop and start the reading of the child's output. */
export function createCopyIn(takeCopy: TakeCopy, hold: () => void, release: () => void): CopyIn {
  const queue: CopyPiece[] = []
  let draining: Promise<void> | undefined
  let copied = 0
  let failed = false

  async function drain(): Promise<void> {
    hold()
    for (let piece = queue.shift(); piece !== undefined; piece = queue.shift()) {
      if (failed) continue
      try {
        await takeCopy(piece)
      } catch {
        failed = true // whoever takes the copies remembers why and reports it as the failure of that tool
      }
    }
    draining = undefined
    release()
  }

  return {
    take(sent) {
      const piece = parsePiece(sent)
      copied += piece.bytes.length
      if (copied > MAX_COPIED_BYTES || piece.file > MAX_FILES)
        throw new RangeError('more copies than an artifact holds')
      queue.push(piece)
      draining ??= drain()
    },
    settled: async () => draining,
  }
}

function parsePiece(sent: unknown): CopyPiece {
  if (typeof sent !== 'object' || sent === null) throw new RangeError('a copy that is none')
  const { file, path, bytes, last } = sent as Record<string, unknown>
  const shaped =
    typeof file === 'number' &&
    Number.isSafeInteger(file) &&
    file >= 0 &&
    typeof path === 'string' &&
    path.length <= MAX_PATH &&
    typeof bytes === 'string' &&
    typeof last === 'boolean'
  if (!shaped) throw new RangeError('a copy that is none')
  return { file, path, bytes: Buffer.from(bytes, 'base64'), last }
}
