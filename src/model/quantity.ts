// Sizes and durations as people write them, to numbers and back.

const BYTE_UNITS = new Map([
  ['b', 1],
  ['kb', 1000],
  ['mb', 1000 ** 2],
  ['gb', 1000 ** 3],
  ['kib', 1024],
  ['mib', 1024 ** 2],
  ['gib', 1024 ** 3],
])

const DURATION_UNITS = new Map([
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
  ['w', 604_800_000],
])

/** `64MiB`, `1.5 GB`, `4096` to bytes; undefined when it is not a size. A bare K, M or G counts as binary. */
export function parseBytes(text: string | number): number | undefined {
  const match = /^([0-9]+(?:\.[0-9]+)?) ?([a-z]*)$/.exec(String(text).toLowerCase())
  const [, amount, written] = match ?? []
  if (amount === undefined || written === undefined) return undefined
  const unit = /^[kmg]$/.test(written) ? `${written}ib` : /^[kmg]i$/.test(written) ? `${written}b` : written
  const factor = BYTE_UNITS.get(unit === '' ? 'b' : unit)
  return factor === undefined ? undefined : Math.round(Number(amount) * factor)
}

/** `250ms`, `30s`, `24h`, `7d` to milliseconds; undefined when it is not a duration. A number without unit is refused: it has two readings. */
export function parseDuration(text: string): number | undefined {
  const match = /^([0-9]+(?:\.[0-9]+)?) ?(ms|s|m|h|d|w)$/.exec(text.toLowerCase())
  const [, amount, unit] = match ?? []
  const factor = DURATION_UNITS.get(unit ?? '')
  return amount === undefined || factor === undefined ? undefined : Math.round(Number(amount) * factor)
}

const WORDS: readonly (readonly [string, number])[] = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
]

/** Milliseconds in words, rounded down to the largest unit that gives at least two, or one of the smallest: `24 hours`, `3 minutes`. */
export function durationInWords(milliseconds: number): string {
  const size = Math.max(0, milliseconds)
  const [word, factor] = WORDS.find(([, unit]) => size >= 2 * unit) ?? (['second', 1000] as const)
  const count = Math.floor(size / factor)
  return `${count} ${word}${count === 1 ? '' : 's'}`
}
