// How a list lies in pieces: a few numbers that are read first, and bytes of which one piece at a time is held.
import { GatewayError } from '../../model/errors.ts'
import type { ReadContext } from '../ecosystem.ts'
import type { Pieces } from '../pieces.ts'
import type { PackedList } from './packed-list.ts'

/** Grows when the format of pieces changes, or what is checked before they are written. */
const FORMAT = 1
const NEW_LINE = 0x0a
/** primary, filelists and other. */
const LISTS = 3

/** A part of a key: of this repository alone, for what is cut from its lists is kept beside them. */
export function listKey(
  { settings }: Pick<ReadContext, 'settings'>,
  primarySha256: string,
  type: string,
  sha256: string,
): string {
  return `rpm ${FORMAT} ${settings.name} ${primarySha256} ${type} ${sha256}`
}

/** For one reading, where nothing is kept. */
export function piecesInMemory(): Pieces {
  const kept = new Map<string, Buffer>()
  return {
    read: (key) => kept.get(key),
    write: (key, bytes) => void kept.set(key, Buffer.from(bytes)),
    remove: (key) => void kept.delete(key),
  }
}

/** A line of JSON, then bytes. */
export function labelled(label: object, bytes: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`${JSON.stringify(label)}\n`), bytes])
}

/** Bytes are a view of the piece. */
export function readLabelled<T>(piece: Buffer): { label: T; bytes: Buffer } {
  const end = piece.indexOf(NEW_LINE)
  return { label: JSON.parse(piece.toString('utf8', 0, end)) as T, bytes: piece.subarray(end + 1) }
}

type Label = Pick<PackedList, 'runs'> & { readonly head: string; readonly tail: string }

/** Written last, when all pieces of the list are there and it was checked: a list without this piece is read anew. */
export function keepList({ key, pieces, head, tail, runs, rows }: PackedList): void {
  const label: Label = { head: head.toString('base64'), tail: tail.toString('base64'), runs }
  pieces.write(key, labelled(label, new Uint8Array(rows.buffer, rows.byteOffset, rows.byteLength)))
}

export function keptList(key: string, pieces: Pieces): PackedList | undefined {
  const piece = pieces.read(key)
  if (piece === undefined) return undefined
  const { label, bytes } = readLabelled<Label>(piece)
  const rows = new Uint32Array(Uint8Array.from(bytes).buffer)
  const base64 = (text: string) => Buffer.from(text, 'base64')
  return { key, pieces, head: base64(label.head), tail: base64(label.tail), runs: label.runs, rows }
}

/** Throws STORE_FAILED when the piece is gone or damaged; the list is then read anew at the next try. */
export function pieceOf({ key, pieces }: Pick<PackedList, 'key' | 'pieces'>, part: string): Buffer {
  const piece = pieces.read(`${key} ${part}`)
  if (piece !== undefined) return piece
  pieces.remove(key)
  throw new GatewayError('STORE_FAILED', 'a piece of a list is gone or damaged', { piece: `${key} ${part}` })
}

/** One try more for each of the three lists whose pieces are gone or damaged: what is made of them was not published yet. */
export async function withSoundPieces<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work()
    } catch (thrown) {
      const isPiece = thrown instanceof GatewayError && thrown.facts['piece'] !== undefined
      if (!isPiece || tries > LISTS) throw thrown
    }
  }
}
