// Bounds the memory of decoded texts: the oldest are forgotten when too many are kept, and decoded again when asked for.

export interface Forgettable {
  forget(): void
}

/** First in, first out: scanners walk through the files of a package in the same order, one file at a time. */
export class RecentTexts {
  readonly #most: number
  readonly #sizes = new Map<Forgettable, number>()
  #sum = 0

  /** `most` characters are kept, and always the newest text, however long. */
  constructor(most: number) {
    this.#most = most
  }

  /** Counts characters that a text keeps from now on. */
  keep(text: Forgettable, characters: number): void {
    const before = this.#sizes.get(text) ?? 0
    this.#sizes.delete(text)
    this.#sizes.set(text, before + characters)
    this.#sum += characters
    for (const [oldest, size] of this.#sizes) {
      if (this.#sum <= this.#most || oldest === text) break
      this.#sizes.delete(oldest)
      this.#sum -= size
      oldest.forget()
    }
  }
}
