// Finds which of many literals occur in a file, and where, in one linear pass over its bytes, ASCII case ignored.
import { buildAutomaton } from './automaton.ts'

const MIN_LENGTH = 3
/** Ends kept of one text; of a text with more only is known what occurs, not where. */
const MAX_ENDS = 1 << 20

/** What a text holds of the index. */
export interface FoundLiterals {
  /** One byte a literal: 1 when it occurs. */
  readonly present: Uint8Array
  /** Where a literal begins, in order; undefined when the text holds more literals than were kept. */
  placesOf(id: number): readonly number[] | undefined
}

/** An automaton after Aho and Corasick: one look into a table a byte, however many literals there are. */
export class LiteralIndex {
  readonly literals: readonly string[]
  readonly #ids = new Map<string, number>()
  /** Byte to column of the table; bytes in no literal share column 0. */
  readonly #columnOf = new Uint8Array(256)
  readonly #next: Int32Array
  readonly #firstEnd: number
  readonly #shift: number
  /** Literals that end in a state, by its number from the first such state on; most end one. */
  readonly #ending: readonly (readonly number[])[]
  readonly #firstEnding: Uint32Array
  /** Numbers of the states that end a literal. */
  readonly #endsOf: readonly (readonly number[])[]

  /** Literals of at least three ASCII characters; duplicates that differ in case only are one. */
  constructor(literals: Iterable<string>) {
    this.literals = [...new Set([...literals].map((literal) => literal.toLowerCase()))]
    for (const [id, literal] of this.literals.entries()) {
      if (literal.length < MIN_LENGTH) throw new Error(`literal too short: ${literal}`)
      if (/[^\x00-\x7f]/.test(literal)) throw new Error(`literal is not ASCII: ${literal}`)
      this.#ids.set(literal, id)
    }
    this.#shift = Math.ceil(Math.log2(this.#nameColumns()))
    const { next, firstEnd, ending } = buildAutomaton(this.literals, this.#columnOf, this.#shift)
    this.#next = next
    this.#firstEnd = firstEnd
    this.#ending = ending
    this.#firstEnding = Uint32Array.from(ending, ([first = 0]) => first)
    const endsOf = this.literals.map((): number[] => [])
    for (const [end, ids] of ending.entries()) for (const id of ids) endsOf[id]?.push(end)
    this.#endsOf = endsOf
  }

  /** The number under which `find` reports a literal. */
  idOf(literal: string): number {
    const id = this.#ids.get(literal.toLowerCase())
    if (id === undefined) throw new Error(`literal not in the index: ${literal}`)
    return id
  }

  /** Places count bytes. */
  find(bytes: Uint8Array): FoundLiterals {
    const present = new Uint8Array(this.literals.length)
    const next = this.#next
    const columnOf = this.#columnOf
    const firstEnd = this.#firstEnd
    const { length } = bytes
    const kept = new Ends()
    let ends = 0
    let state = 0
    for (let i = 0; i < length; i++) {
      state = next[state | (columnOf[bytes[i] as number] as number)] as number
      if (state < firstEnd) continue
      noted[ends] = state
      notedAt[ends] = i + 1
      if (++ends < NOTED_AT_A_TIME) continue
      this.#keep(ends, present, kept)
      ends = 0
    }
    this.#keep(ends, present, kept)
    return { present, placesOf: (id) => this.#placesOf(id, kept) }
  }

  #keep(count: number, present: Uint8Array, kept: Ends): void {
    for (let i = 0; i < count; i++) {
      const end = ((noted[i] as number) - this.#firstEnd) >> this.#shift
      noted[i] = end
      present[this.#firstEnding[end] as number] = 1
      const ending = this.#ending[end] as readonly number[]
      for (let more = 1; more < ending.length; more++) present[ending[more] as number] = 1
    }
    kept.add(noted, notedAt, count)
  }

  #placesOf(id: number, kept: Ends): readonly number[] | undefined {
    const ends = this.#endsOf[id]
    const length = this.literals[id]?.length
    return ends && length !== undefined ? kept.placesOf(new Set(ends), length) : undefined
  }

  #nameColumns(): number {
    let columns = 1
    for (const literal of this.literals)
      for (let i = 0; i < literal.length; i++) {
        const byte = literal.charCodeAt(i)
        if (this.#columnOf[byte] === 0) this.#columnOf[byte] = columns++
      }
    for (let byte = 65; byte <= 90; byte++) this.#columnOf[byte] = this.#columnOf[byte + 32] as number
    return columns
  }
}

/** Ends of literals are noted down here and looked at together, so that the loop over bytes stays small. */
const NOTED_AT_A_TIME = 16_384
const noted = new Int32Array(NOTED_AT_A_TIME)
const notedAt = new Int32Array(NOTED_AT_A_TIME)

/** Which literals ended where in one text, as far as there is room. */
class Ends {
  readonly #states: Int32Array[] = []
  readonly #at: Int32Array[] = []
  #count = 0

  add(states: Int32Array, at: Int32Array, count: number): void {
    this.#count += count
    if (count === 0 || this.#count > MAX_ENDS) return
    this.#states.push(states.slice(0, count))
    this.#at.push(at.slice(0, count))
  }

  placesOf(ends: ReadonlySet<number>, length: number): readonly number[] | undefined {
    if (this.#count > MAX_ENDS) return undefined
    const places: number[] = []
    for (const [part, states] of this.#states.entries()) {
      const at = this.#at[part] as Int32Array
      for (let i = 0; i < states.length; i++)
        if (ends.has(states[i] as number)) places.push((at[i] as number) - length)
    }
    return places
  }
}
