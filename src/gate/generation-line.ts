// One index set of a signed repository while the gateway runs: what it serves, and what is under way.
import type { GatewayError } from '../model/errors.ts'
import type { BuildWish, Current } from './generation-builder.ts'
import { findDocument, isImmutable } from './generations.ts'
import type { Repository } from './repository.ts'

export interface Line {
  readonly repository: Repository
  readonly key: string
  current?: Current
  running?: { readonly wish: BuildWish; readonly flips: number; readonly flight: Promise<Current> }
  /** Grows with every flipped verdict; `built` is what the current generation knows of. */
  flips: number
  built: number
  timer?: NodeJS.Timeout
  finishedAt: number
  /** After a failure nothing is tried behind an answer before this. */
  retryAt: number
  /** When the ledger was last asked for another gateway's generations. */
  lookedAt: number
  trouble?: GatewayError
}

export function newLine(repository: Repository, key: string): Line {
  return { repository, key, flips: 0, built: 0, finishedAt: 0, retryAt: 0, lookedAt: 0 }
}

/** The kept generations, newest first, when they have the document and no verdict has flipped since that could change it. */
export function settledGenerations(
  line: Line,
  { generations }: Current,
  document: string,
): Current['generations'] | undefined {
  const found = findDocument(generations, document)
  if (found === undefined) return undefined
  return line.flips === line.built || isImmutable(document, found.sha256) ? generations : undefined
}
