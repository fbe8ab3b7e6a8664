// What a code scanner reports of one file: named facts with their places. Rules say what a fact is worth.

export interface Fact {
  /** Name that rules ask for with `query`. */
  readonly query: string
  /** Index into the raw source. */
  readonly at: number
}

/** Facts of one file, one of a name: the first place is enough for a finding. */
export class Facts {
  readonly #facts = new Map<string, Fact>()

  add(query: string, at: number): void {
    if (!this.#facts.has(query)) this.#facts.set(query, { query, at })
  }

  has(query: string): boolean {
    return this.#facts.has(query)
  }

  get all(): readonly Fact[] {
    return [...this.#facts.values()]
  }
}
