// Builds the automaton of Aho and Corasick (1975) over a set of literals as one table of next states.

export interface Automaton {
  /** A state is the beginning of its row; the next one stands at `state | column`. The first state is 0. */
  readonly next: Int32Array
  /** States from this one on end a literal. */
  readonly firstEnd: number
  /** Numbers of the literals that end in a state, by `(state - firstEnd) >> shift`. */
  readonly ending: readonly (readonly number[])[]
}

/** `columnOf` names the column of each byte, all below `1 << shift`. */
export function buildAutomaton(literals: readonly string[], columnOf: Uint8Array, shift: number): Automaton {
  const trie = new Trie(literals.reduce((sum, literal) => sum + literal.length, 1))
  for (const [id, literal] of literals.entries()) trie.add(id, literal, columnOf)
  const order = trie.joinSuffixes()
  // States that end a literal get the highest numbers: one comparison tells them apart.
  const plain = order.filter((node) => trie.ending[node] === undefined)
  const ends = order.filter((node) => trie.ending[node] !== undefined)
  const states = new Int32Array(order.length)
  for (const [number, node] of [...plain, ...ends].entries()) states[node] = number << shift
  return {
    next: trie.fillTable(order, states, 1 << shift),
    firstEnd: plain.length << shift,
    ending: ends.map((node) => trie.ending[node] ?? []),
  }
}

/** Nodes are numbers, 0 the root; children of a node are a chain of siblings. 0 in a chain is its end. */
class Trie {
  /** Literals that end in a node, as such or as a suffix. */
  readonly ending: (readonly number[] | undefined)[] = [undefined]
  readonly #column: Uint8Array
  readonly #firstChild: Uint32Array
  readonly #sibling: Uint32Array
  /** The longest suffix that is also the beginning of a literal. */
  readonly #suffix: Uint32Array

  constructor(most: number) {
    this.#column = new Uint8Array(most)
    this.#firstChild = new Uint32Array(most)
    this.#sibling = new Uint32Array(most)
    this.#suffix = new Uint32Array(most)
  }

  add(id: number, literal: string, columnOf: Uint8Array): void {
    let node = 0
    for (let i = 0; i < literal.length; i++) {
      const column = columnOf[literal.charCodeAt(i)] as number
      node = this.#child(node, column) || this.#addChild(node, column)
    }
    this.ending[node] = [id]
  }

  #child(node: number, column: number): number {
    let child = this.#firstChild[node] as number
    while (child !== 0 && this.#column[child] !== column) child = this.#sibling[child] as number
    return child
  }

  #addChild(node: number, column: number): number {
    const child = this.ending.push(undefined) - 1
    this.#column[child] = column
    this.#sibling[child] = this.#firstChild[node] as number
    this.#firstChild[node] = child
    return child
  }

  /** All nodes, breadth first: each after its suffix. */
  joinSuffixes(): readonly number[] {
    const order = [0]
    for (let head = 0; head < order.length; head++) {
      const node = order[head] as number
      for (
        let child = this.#firstChild[node] as number;
        child !== 0;
        child = this.#sibling[child] as number
      ) {
        const suffix = node === 0 ? 0 : this.#longestSuffix(node, this.#column[child] as number)
        this.#suffix[child] = suffix
        const shorter = this.ending[suffix]
        if (shorter) this.ending[child] = [...(this.ending[child] ?? []), ...shorter]
        order.push(child)
      }
    }
    return order
  }

  #longestSuffix(node: number, column: number): number {
    let back = this.#suffix[node] as number
    let child = this.#child(back, column)
    while (child === 0 && back !== 0) {
      back = this.#suffix[back] as number
      child = this.#child(back, column)
    }
    return child
  }

  /** A row is the row of the suffix, but for the node's own children. */
  fillTable(order: readonly number[], states: Int32Array, columns: number): Int32Array {
    const next = new Int32Array(order.length * columns)
    for (const node of order) {
      const row = states[node] as number
      const from = states[this.#suffix[node] as number] as number
      if (node !== 0) next.copyWithin(row, from, from + columns)
      let child = this.#firstChild[node] as number
      for (; child !== 0; child = this.#sibling[child] as number)
        next[row | (this.#column[child] as number)] = states[child] as number
    }
    return next
  }
}
