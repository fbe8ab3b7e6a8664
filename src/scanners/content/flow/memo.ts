// Remembers what was worked out of an expression on the expression itself: a weak map of millions of keys costs the garbage collector more.
import type { Expr } from './program.ts'

/** One thing that is worked out of expressions. */
export class ExprMemo<T> {
  readonly #key = Symbol('memo')
  /** For the few expressions that all programs share; they are frozen. */
  readonly #shared = new WeakMap<Expr, T>()

  get(expr: Expr): T | undefined {
    const own = (expr as object as { readonly [key: symbol]: T | undefined })[this.#key]
    return own === undefined && !Object.isExtensible(expr) ? this.#shared.get(expr) : own
  }

  set(expr: Expr, value: T): void {
    if (Object.isExtensible(expr)) (expr as object as { [key: symbol]: T })[this.#key] = value
    else this.#shared.set(expr, value)
  }
}
