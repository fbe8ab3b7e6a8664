// Names that are easily taken for another: an index over the popular names, and the tricks that make a look-alike.

export interface Resemblance {
  readonly trick: 'homoglyph' | 'lookalike' | 'separator' | 'scope' | 'typo' | 'suffix'
  readonly popular: string
}

export interface NameIndex {
  /** The strongest resemblance to a popular package; undefined for the popular ones themselves and their scopes. */
  resembles(name: string): Resemblance | undefined
}

/** Shorter names have too many honest neighbours one letter away. */
const MIN_TYPO_LENGTH = 5

// Letters of other scripts that look like Latin ones in common fonts (Unicode TR 39, the ones seen in package names).
const CONFUSABLE: Readonly<Record<string, string>> = {
  а: 'a',
  е: 'e',
  о: 'o',
  р: 'p',
  с: 'c',
  у: 'y',
  х: 'x',
  і: 'i',
  ј: 'j',
  ѕ: 's',
  ԁ: 'd',
  ԛ: 'q',
  ԝ: 'w',
  һ: 'h',
  ո: 'n',
  α: 'a',
  ο: 'o',
  ρ: 'p',
  ν: 'v',
  ι: 'i',
  κ: 'k',
  υ: 'u',
  τ: 't',
  ɡ: 'g',
  ı: 'i',
  ł: 'l',
  ø: 'o',
  ꞓ: 'c',
}
const SUFFIX =
  /(?:[-_.]?(?:v?[2-9]|next|new|modern|advanced|pro|plus|lite|js|node|py|python|api|sdk|helper|helpers|utils?|tools?|core|cli|official|fixed?|latest))$/

/** `popular` by rank. Costs some milliseconds and a few megabytes once; a question costs microseconds. */
export function createNameIndex(popular: readonly string[]): NameIndex {
  const names = new Set(popular)
  const scopes = new Set(popular.filter((name) => name.startsWith('@')).map(scopeOf))
  const bySkeleton = indexBy(popular, skeletonOf)
  const byLetters = indexBy(popular, lettersOf)
  const byDeletion = deletionIndex(popular.filter((name) => !name.startsWith('@')))
  const scopeDeletions = deletionIndex([...scopes])

  function resembles(name: string): Resemblance | undefined {
    if (names.has(name) || scopes.has(scopeOf(name))) return undefined
    return lookalike(name) ?? separated(name) ?? scoped(name) ?? mistyped(name) ?? suffixed(name)
  }

  function lookalike(name: string): Resemblance | undefined {
    const popular = bySkeleton.get(skeletonOf(name))
    if (popular === undefined || popular.length < MIN_TYPO_LENGTH) return undefined
    return { trick: isAscii(name) ? 'lookalike' : 'homoglyph', popular }
  }

  function separated(name: string): Resemblance | undefined {
    if (name.startsWith('@')) return undefined
    const popular = byLetters.get(lettersOf(name))
    if (popular === undefined || popular.length < MIN_TYPO_LENGTH) return undefined
    return { trick: popular.startsWith('@') ? 'scope' : 'separator', popular }
  }

  /** `@typs/node` for `@types/node`; only where the part after the scope exists there. */
  function scoped(name: string): Resemblance | undefined {
    if (!name.startsWith('@')) return undefined
    const scope = scopeOf(name)
    const popular = neighbour(scopeDeletions, scope)
    const rest = name.slice(scope.length)
    return popular !== undefined && names.has(`${popular}${rest}`)
      ? { trick: 'scope', popular: `${popular}${rest}` }
      : undefined
  }

  function mistyped(name: string): Resemblance | undefined {
    if (name.startsWith('@') || name.length < MIN_TYPO_LENGTH) return undefined
    const popular = neighbour(byDeletion, name)
    if (popular === undefined || popular.length < MIN_TYPO_LENGTH) return undefined
    // `chalk2` or `requests3` is the version trick, weaker than a slip of the finger.
    return { trick: /\d$/.test(name) && name.slice(0, -1) === popular ? 'suffix' : 'typo', popular }
  }

  function suffixed(name: string): Resemblance | undefined {
    const base = name.replace(SUFFIX, '')
    return base !== name && base.length >= MIN_TYPO_LENGTH && names.has(base)
      ? { trick: 'suffix', popular: base }
      : undefined
  }

  return { resembles }
}

function scopeOf(name: string): string {
  return name.startsWith('@') ? name.slice(0, name.indexOf('/')) : ''
}

function isAscii(name: string): boolean {
  return /^[\x20-\x7e]*$/.test(name)
}

/** What the eye sees: other scripts as Latin, digits and letter pairs as the letters they pass for. */
function skeletonOf(name: string): string {
  const latin = [...name.normalize('NFKC').toLowerCase()]
    .map((letter) => CONFUSABLE[letter] ?? letter)
    .join('')
  return latin.replace(/0/g, 'o').replace(/[1i|]/g, 'l').replace(/rn/g, 'm').replace(/vv/g, 'w')
}

function lettersOf(name: string): string {
  return name.toLowerCase().replace(/[-_.@/]/g, '')
}

/** First wins: the list is in order of popularity. */
function indexBy(names: readonly string[], keyOf: (name: string) => string): Map<string, string> {
  const index = new Map<string, string>()
  for (const name of names) if (!index.has(keyOf(name))) index.set(keyOf(name), name)
  return index
}

/** Every name under itself and under itself with one letter left out: two names one edit apart share a key. */
function deletionIndex(names: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const index = new Map<string, string[]>()
  for (const name of names)
    for (const key of [name, ...deletionsOf(name)]) {
      const list = index.get(key)
      if (list === undefined) index.set(key, [name])
      else list.push(name)
    }
  return index
}

function deletionsOf(name: string): string[] {
  return [...new Set(Array.from(name, (_, index) => name.slice(0, index) + name.slice(index + 1)))]
}

function neighbour(index: ReadonlyMap<string, readonly string[]>, name: string): string | undefined {
  for (const key of [name, ...deletionsOf(name)])
    for (const candidate of index.get(key) ?? [])
      if (candidate !== name && isOneEdit(name, candidate)) return candidate
  return undefined
}

/** Damerau-Levenshtein distance one: a letter more, less, other, or two neighbours swapped. */
export function isOneEdit(a: string, b: string): boolean {
  if (a === b || Math.abs(a.length - b.length) > 1) return false
  let start = 0
  while (start < a.length && a[start] === b[start]) start += 1
  const restA = a.slice(start)
  const restB = b.slice(start)
  if (restA.slice(1) === restB.slice(1) || restA.slice(1) === restB || restA === restB.slice(1)) return true
  return restA[0] === restB[1] && restA[1] === restB[0] && restA.slice(2) === restB.slice(2)
}
