// Sends every unpacked file out of the examiner, piece by piece: the examiner itself can write no file and start no tool.
import type { PackageEntry } from '../model/package-contents.ts'

/** A piece on its way through a JSON line. */
export interface SentPiece {
  readonly file: number
  readonly path: string
  /** Base 64. */
  readonly bytes: string
  readonly last: boolean
}

export interface CopyOut {
  /** A file whose content was kept. Files that were not kept went through `pieces`. */
  whole(entry: Pick<PackageEntry, 'type' | 'path' | 'content'>): void
  /** A large file, as it streams by. */
  pieces(entry: Pick<PackageEntry, 'path'>): { chunk(bytes: Uint8Array): void; end(): void }
}

const PIECE_BYTES = 768 * 1024
const MAX_SHOWN_PATH = 1024

/** `send` must block until the piece is on its way (standard output is a pipe): that is the back-pressure. */
export function createCopyOut(send: (piece: SentPiece) => void): CopyOut {
  let files = 0
  const sendPiece = (file: number, path: string, bytes: Uint8Array, last: boolean) =>
    send({
      file,
      path: path.slice(0, MAX_SHOWN_PATH).toWellFormed(),
      bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64'),
      last,
    })

  return {
    whole({ type, path, content }) {
      if (type !== 'file' || content === undefined || content.length === 0) return
      const file = files++
      for (let at = 0; at < content.length; at += PIECE_BYTES)
        sendPiece(file, path, content.subarray(at, at + PIECE_BYTES), at + PIECE_BYTES >= content.length)
    },
    pieces({ path }) {
      const file = files++
      return {
        chunk(bytes) {
          for (let at = 0; at < bytes.length; at += PIECE_BYTES)
            sendPiece(file, path, bytes.subarray(at, at + PIECE_BYTES), false)
        },
        end: () => sendPiece(file, path, new Uint8Array(0), true),
      }
    },
  }
}
