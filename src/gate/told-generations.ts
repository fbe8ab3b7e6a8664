// Which generation a client was told of last, where a document and its detached signature must come from one.
import type { Generation } from '../storage/ledger.ts'
import { type Asker, createConversations } from './conversations.ts'
import type { Repository } from './repository.ts'

interface Place {
  readonly repository: Repository
  readonly key: string
}

export interface ToldGenerations {
  /** The generation that this answer must come from; undefined: the newest. */
  before(
    place: Place,
    document: string,
    generations: readonly Generation[],
    asker?: Asker,
  ): Generation | undefined
  note(place: Place, document: string, told: Generation | undefined, asker?: Asker): void
}

export function createToldGenerations(): ToldGenerations {
  const conversations = createConversations()
  const lineOf = ({ repository, key }: Place) => `${repository.settings.name}\0${key}`
  return {
    before(place, document, generations, asker) {
      const part = place.repository.ecosystem.detachedSignature?.(document)
      if (part === undefined || asker === undefined) return undefined
      const number = conversations.recall(lineOf(place), part, asker)
      return generations.find((one) => one.number === number)
    },
    note(place, document, told, asker) {
      const part = place.repository.ecosystem.detachedSignature?.(document)
      if (part !== undefined && asker !== undefined && told !== undefined)
        conversations.note(lineOf(place), part, asker, told.number)
    },
  }
}
