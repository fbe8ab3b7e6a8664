// A document and its detached signature are two requests with nothing that ties them: a client gets both from one generation.
import { LRUCache } from 'lru-cache'
import type { DetachedSignature } from '../ecosystems/ecosystem.ts'

export interface Asker {
  /** Address and program, as far as they can be told apart. */
  readonly client: string
  readonly method: string
}

export interface Conversations {
  /** Number of the generation that the answer must come from; undefined: the newest. */
  recall(line: string, part: DetachedSignature, asker: Asker): number | undefined
  note(line: string, part: DetachedSignature, asker: Asker, generation: number): void
}

interface Exchange {
  readonly generation: number
  readonly method: string
  signatureAsked: boolean
}

/** Longer than any client takes from one to the other. */
const KEPT_MS = 30_000
const MAX_EXCHANGES = 20_000

/**
 * dnf asks the document, then its signature. zypper asks HEAD of the document, its signature, and then the document. A document that
 * is asked any other way is the newest, so that nobody is kept from an update.
 */
export function createConversations(): Conversations {
  const exchanges = new LRUCache<string, Exchange>({
    max: MAX_EXCHANGES,
    ttl: KEPT_MS,
    ttlResolution: 100, // its clock is read for every request else
  })
  const keyOf = (line: string, { of }: DetachedSignature, { client }: Asker) => `${line}\0${of}\0${client}`
  return {
    recall(line, part, asker) {
      const known = exchanges.get(keyOf(line, part, asker))
      if (part.isSignature) return known?.generation
      const isThird = known?.method === 'HEAD' && known.signatureAsked && asker.method === 'GET'
      return isThird ? known.generation : undefined
    },
    note(line, part, asker, generation) {
      const key = keyOf(line, part, asker)
      const known = exchanges.get(key)
      if (!part.isSignature) exchanges.set(key, { generation, method: asker.method, signatureAsked: false })
      else if (known !== undefined) known.signatureAsked = true
    },
  }
}
