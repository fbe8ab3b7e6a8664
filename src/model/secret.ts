// A value that must not be printed by accident: only `reveal` gives it.

const INSPECT = Symbol.for('nodejs.util.inspect.custom')

/** JSON, String, inspect, spread and structured clone all give the shown text, never the value. */
export class Secret {
  readonly #value: string
  readonly shown: string
  constructor(value: string, shown = '[secret]') {
    this.#value = value
    this.shown = shown
  }
  reveal(): string {
    return this.#value
  }
  toString(): string {
    return this.shown
  }
  toJSON(): string {
    return this.shown
  }
  [INSPECT](): string {
    return this.shown
  }
}

/** A URL whose user, password and query are not shown. */
export function secretUrl(url: string): Secret {
  return new Secret(url, withoutUserinfo(url))
}

/** The URL without what may be a credential: user, password, query and fragment. */
export function withoutUserinfo(url: string): string {
  return url.replace(/^([a-z0-9+.-]+:\/\/)[^/?#]*@/i, '$1***@').replace(/[?#].*$/s, '')
}
