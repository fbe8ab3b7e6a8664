// The order of rpm versions, `[epoch:]version[-release]`: rpm-version(7).

interface Evr {
  readonly epoch: string
  readonly version: string
  readonly release: string
}

/** Negative when `a` is older than `b`, positive when newer, 0 when rpm takes them for the same. A missing epoch is 0. */
export function compareRpmVersions(a: string, b: string): number {
  const left = splitEvr(a)
  const right = splitEvr(b)
  return (
    compareDigits(left.epoch, right.epoch) ||
    compareSegments(left.version, right.version) ||
    compareSegments(left.release, right.release)
  )
}

/** rpm orders whatever it is given; only what holds no letter or digit has no place. */
export function isRpmVersion(text: string): boolean {
  return /[A-Za-z0-9]/.test(text)
}

function splitEvr(text: string): Evr {
  const epoch = /^(\d*):/.exec(text)
  const rest = epoch ? text.slice(epoch[0].length) : text
  const dash = rest.lastIndexOf('-')
  return {
    epoch: epoch?.[1] ?? '',
    version: dash < 0 ? rest : rest.slice(0, dash),
    release: dash < 0 ? '' : rest.slice(dash + 1),
  }
}

/** Compares one part (a version or a release) segment by segment; what separates segments does not count. */
function compareSegments(a: string, b: string): number {
  if (a === b) return 0
  let i = 0
  let j = 0
  for (;;) {
    i = skipSeparators(a, i)
    j = skipSeparators(b, j)
    const sign = compareSign(a[i], b[j])
    if (sign === 'same') {
      i++
      j++
      continue
    }
    if (sign !== undefined) return sign
    if (i >= a.length || j >= b.length) return (i < a.length ? 1 : 0) - (j < b.length ? 1 : 0)
    const left = segment(a, i)
    const right = segment(b, j)
    const difference = compareSegment(left, right)
    if (difference !== 0) return difference
    i += left.length
    j += right.length
  }
}

/**
 * `~` sorts before everything, even the end; `^` after the end and before any further segment.
 * Undefined when neither side stands at such a sign.
 */
function compareSign(a: string | undefined, b: string | undefined): number | 'same' | undefined {
  if (a === '~' || b === '~') return a === b ? 'same' : a === '~' ? -1 : 1
  if (a !== '^' && b !== '^') return undefined
  if (a === b) return 'same'
  if (a === undefined) return -1
  if (b === undefined) return 1
  return a === '^' ? -1 : 1
}

function compareSegment(a: string, b: string): number {
  const isNumber = isDigit(a.charCodeAt(0))
  if (isNumber !== isDigit(b.charCodeAt(0))) return isNumber ? 1 : -1
  if (isNumber) return compareDigits(a, b)
  return a < b ? -1 : a > b ? 1 : 0
}

function skipSeparators(text: string, start: number): number {
  let at = start
  while (at < text.length && !isSegmentOrSign(text.charCodeAt(at))) at++
  return at
}

/** The longest run of only digits or only letters. */
function segment(text: string, start: number): string {
  const sameKind = isDigit(text.charCodeAt(start)) ? isDigit : isLetter
  let end = start
  while (end < text.length && sameKind(text.charCodeAt(end))) end++
  return text.slice(start, end)
}

function isSegmentOrSign(code: number): boolean {
  return isDigit(code) || isLetter(code) || code === 0x7e || code === 0x5e
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39
}

function isLetter(code: number): boolean {
  return (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a)
}

function compareDigits(a: string, b: string): number {
  const left = a.replace(/^0+/, '')
  const right = b.replace(/^0+/, '')
  if (left.length !== right.length) return left.length - right.length
  return left < right ? -1 : left > right ? 1 : 0
}
