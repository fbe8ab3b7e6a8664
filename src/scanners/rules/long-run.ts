// Finds long runs of one kind of byte without looking at every byte: a run of n bytes cannot hide between places n apart.

/**
 * Index at which the first run of at least `length` bytes with `is[byte] === 1` begins, from `from` on; the length of
 * `bytes` when there is none. A run that `from` lies in begins at `from`.
 */
export function nextRun(bytes: Uint8Array, from: number, is: Uint8Array, length: number): number {
  // `start` is where a run could begin: everything from there to `last` is to be of the kind.
  let start = from
  let last = start + length - 1
  while (last < bytes.length) {
    let at = last
    while (at >= start && is[bytes[at] as number] === 1) at--
    if (at < start) return start
    start = at + 1
    last = start + length - 1
  }
  return bytes.length
}

export interface Run {
  readonly start: number
  readonly end: number
}

/** All runs of at least `length` bytes of the kind, in order. */
export function* runsOf(bytes: Uint8Array, is: Uint8Array, length: number): Generator<Run> {
  let start = nextRun(bytes, 0, is, length)
  while (start < bytes.length) {
    let end = start + length
    while (end < bytes.length && is[bytes[end] as number] === 1) end++
    yield { start, end }
    start = nextRun(bytes, end, is, length)
  }
}
