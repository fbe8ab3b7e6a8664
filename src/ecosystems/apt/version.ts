// The order of Debian versions: `[epoch:]upstream[-revision]`, deb-version(7).

interface DebVersion {
  readonly epoch: number
  readonly upstream: string
  readonly revision: string
}

/** Negative when `a` is older than `b`, positive when newer, 0 when dpkg takes them for the same. */
export function compareDebVersions(a: string, b: string): number {
  const left = splitVersion(a)
  const right = splitVersion(b)
  return (
    left.epoch - right.epoch ||
    comparePart(left.upstream, right.upstream) ||
    comparePart(left.revision, right.revision)
  )
}

/** Epoch, upstream version and revision of the signs that deb-version(7) allows; dpkg only warns when no digit comes first. */
export function isDebVersion(text: string): boolean {
  return /^(?:\d+:)?[A-Za-z0-9.+~:-]+$/.test(text)
}

function splitVersion(text: string): DebVersion {
  const colon = text.indexOf(':')
  const rest = text.slice(colon + 1)
  const dash = rest.lastIndexOf('-')
  return {
    epoch: colon < 0 ? 0 : Number(text.slice(0, colon)) || 0,
    upstream: dash < 0 ? rest : rest.slice(0, dash),
    revision: dash < 0 ? '' : rest.slice(dash + 1),
  }
}

/** Runs of non-digits and runs of digits take turns; the end counts as an empty run, which equals the number 0. */
function comparePart(a: string, b: string): number {
  let i = 0
  let j = 0
  while (i < a.length || j < b.length) {
    while ((i < a.length && !isDigit(a, i)) || (j < b.length && !isDigit(b, j))) {
      const difference = weight(a, i) - weight(b, j)
      if (difference !== 0) return difference
      i++
      j++
    }
    const left = digitRun(a, i)
    const right = digitRun(b, j)
    const difference = compareDigits(left, right)
    if (difference !== 0) return difference
    i += left.length
    j += right.length
  }
  return 0
}

/** `~` sorts before everything, even the end; then the end and digits, letters, all other signs. */
function weight(text: string, at: number): number {
  if (at >= text.length || isDigit(text, at)) return 0
  const code = text.charCodeAt(at)
  if (code === 0x7e) return -1
  const isLetter = (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a)
  return isLetter ? code : code + 256
}

function isDigit(text: string, at: number): boolean {
  const code = text.charCodeAt(at)
  return code >= 0x30 && code <= 0x39
}

function digitRun(text: string, start: number): string {
  let end = start
  while (end < text.length && isDigit(text, end)) end++
  return text.slice(start, end)
}

/** Digits of any length as numbers, without the limits of a number type. */
function compareDigits(a: string, b: string): number {
  const left = a.replace(/^0+/, '')
  const right = b.replace(/^0+/, '')
  if (left.length !== right.length) return left.length - right.length
  return left < right ? -1 : left > right ? 1 : 0
}
