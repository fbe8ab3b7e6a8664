// The order of Alpine versions: `number{.number}{letter}{_suffix{number}}{~hash}{-rN}`, apk-package(5).

/** Kinds of part in the order in which they may follow each other; `end` and `invalid` close the list. */
const KINDS = [
  'first',
  'number',
  'letter',
  'suffix',
  'suffix-number',
  'hash',
  'revision',
  'end',
  'invalid',
] as const
type Kind = (typeof KINDS)[number]

interface Part {
  readonly kind: Kind
  readonly text: string
}

/** Before `_none_` come the pre-releases, older than the version without a suffix. */
const SUFFIXES = ['alpha', 'beta', 'pre', 'rc', '_none_', 'cvs', 'svn', 'git', 'hg', 'p']
const NO_SUFFIX = SUFFIXES.indexOf('_none_')

const INVALID: Part = { kind: 'invalid', text: '' }
const END: Part = { kind: 'end', text: '' }

/** Negative when `a` is older than `b`, positive when newer, 0 when apk takes them for the same. */
export function compareApkVersions(a: string, b: string): number {
  const left = parts(a)
  const right = parts(b)
  for (let at = 0; ; at++) {
    const mine = left[at] ?? END
    const other = right[at] ?? END
    if (mine.kind !== other.kind) return compareKinds(mine, other)
    if (mine.kind === 'end' || mine.kind === 'invalid') return 0
    const difference = compareSameKind(mine, other)
    if (difference !== 0) return difference
  }
}

export function isApkVersion(text: string): boolean {
  return parts(text).every((part) => part.kind !== 'invalid')
}

/** The version that goes on is newer, except when it goes on with a pre-release suffix. */
function compareKinds(a: Part, b: Part): number {
  if (a.kind === 'suffix' && SUFFIXES.indexOf(a.text) < NO_SUFFIX) return -1
  if (b.kind === 'suffix' && SUFFIXES.indexOf(b.text) < NO_SUFFIX) return 1
  return KINDS.indexOf(b.kind) - KINDS.indexOf(a.kind)
}

function compareSameKind(a: Part, b: Part): number {
  switch (a.kind) {
    case 'suffix':
      return SUFFIXES.indexOf(a.text) - SUFFIXES.indexOf(b.text)
    case 'letter':
    case 'hash':
      return compareText(a.text, b.text)
    case 'number':
      // `1.01` is older than `1.1`: a leading zero on either side makes both decimals, compared as text.
      if (a.text.startsWith('0') || b.text.startsWith('0')) return compareText(a.text, b.text)
      return compareNumbers(a.text, b.text)
    default:
      return compareNumbers(a.text, b.text)
  }
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** apk counts in 64 bits without a sign and wraps around. */
function compareNumbers(a: string, b: string): number {
  const left = BigInt.asUintN(64, BigInt(a))
  const right = BigInt.asUintN(64, BigInt(b))
  return left < right ? -1 : left > right ? 1 : 0
}

/** Cuts a version into parts; stops after the first part that must not stand where it does. */
function parts(text: string): Part[] {
  const first = /^\d+/.exec(text)
  if (!first) return [INVALID]
  const found: Part[] = [{ kind: 'first', text: first[0] }]
  let at = first[0].length
  while (at < text.length) {
    const former = found[found.length - 1]?.kind ?? 'first'
    const [part, length] = nextPart(text.slice(at), former)
    found.push(part)
    if (part.kind === 'invalid') break
    at += length
  }
  return found
}

function nextPart(rest: string, former: Kind): [Part, number] {
  const match =
    /^(?:(?<letter>[a-z])|\.?(?<number>\d+)|_(?<suffix>[a-z]+)|~(?<hash>[0-9a-f]+)|-r(?<revision>\d+))/.exec(
      rest,
    )
  const found = Object.entries(match?.groups ?? {}).find((entry) => entry[1] !== undefined)
  if (!match || !found) return [INVALID, 0]
  const kind = kindAfter(found[0] as Kind, former, rest.startsWith('.'))
  const text = found[1] ?? ''
  if (kind === undefined || (kind === 'suffix' && !isSuffix(text))) return [INVALID, 0]
  return [{ kind, text }, match[0].length]
}

/** The kind a part gets from where it stands, or undefined when it must not stand there. */
function kindAfter(kind: Kind, former: Kind, dotted: boolean): Kind | undefined {
  const rank = KINDS.indexOf(former)
  switch (kind) {
    case 'letter':
      return rank <= KINDS.indexOf('number') ? kind : undefined
    case 'number':
      if (rank <= KINDS.indexOf('number')) return kind
      return former === 'suffix' && !dotted ? 'suffix-number' : undefined
    case 'suffix':
      return rank <= KINDS.indexOf('suffix-number') ? kind : undefined
    default:
      return rank < KINDS.indexOf(kind) ? kind : undefined
  }
}

function isSuffix(text: string): boolean {
  return SUFFIXES.includes(text) && text !== '_none_'
}
