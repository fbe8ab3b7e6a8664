// One of the three lists of packages, checked while it passes: nothing between the packages, and as many as it says.
import { invalid } from './invalid.ts'
import { type PackageSpan, packageSpans } from './package-spans.ts'
import { attributesOf } from './span-fields.ts'

/** Root element of each list. */
const ROOTS: Readonly<Record<string, string>> = {
  primary: 'metadata',
  filelists: 'filelists',
  other: 'otherdata',
}

export function isPackageList(type: string): boolean {
  return Object.hasOwn(ROOTS, type)
}

/**
 * Like packageSpans. Throws UPSTREAM_INVALID besides for anything that stands between packages (another reader might take it for
 * one), for another root than the list must have, and for a wrong or missing `packages=`.
 */
export async function* listedSpans(
  chunks: AsyncIterable<Uint8Array>,
  type: string,
): AsyncGenerator<PackageSpan> {
  const root = ROOTS[type]
  let announced: number | undefined
  let count = 0
  for await (const span of packageSpans(chunks, type)) {
    const isLast = span.bytes.length === 0
    let between = span.before.toString('utf8')
    if (announced === undefined) {
      const head = new RegExp(`^(?:\\ufeff)?\\s*(?:<\\?xml[^<>]*\\?>)?\\s*<${root}\\b([^<>]*)>`).exec(between)
      const said = / packages="(\d{1,9})"/.exec(head?.[1] ?? '')?.[1]
      if (head === null || said === undefined)
        throw invalid(type, `does not begin with <${root} packages="...">`)
      announced = Number(said)
      between = between.slice(head[0].length)
    }
    if (isLast) {
      if (!new RegExp(`^\\s*</${root}\\s*>\\s*$`).test(between))
        throw invalid(type, `does not end with </${root}>`)
      if (announced !== count) throw invalid(type, `says it has ${announced} packages and has ${count}`)
    } else if (/\S/.test(between))
      throw invalid(type, `has something between its packages: ${between.trim().slice(0, 60)}`)
    count += 1
    yield span
  }
}

/** Digest that joins the three lists, of a package in filelists or other. */
export function pkgidOf(bytes: Buffer, type: string): string {
  const head = bytes.toString('utf8', 0, bytes.indexOf('>') + 1)
  return (attributesOf(head, 'package', type)?.['pkgid'] ?? '').toLowerCase()
}

/** How many packages a list has, and how often those that it has more than once: one rpm may lie under two paths. */
export interface ListCounts {
  readonly total: number
  readonly repeated: ReadonlyMap<string, number>
}

export function countsOf(pkgids: ReadonlyMap<string, number>): ListCounts {
  let total = 0
  const repeated = new Map<string, number>()
  for (const [pkgid, count] of pkgids) {
    total += count
    if (count > 1) repeated.set(pkgid, count)
  }
  return { total, repeated }
}

/** Throws UPSTREAM_INVALID when a list names other packages than primary has. */
export async function checkList(
  chunks: AsyncIterable<Uint8Array>,
  type: string,
  primary: ReadonlyMap<string, number>,
): Promise<ListCounts> {
  const seen = new Map<string, number>()
  for await (const { bytes } of listedSpans(chunks, type)) {
    if (bytes.length === 0) continue
    const pkgid = pkgidOf(bytes, type)
    if (!primary.has(pkgid))
      throw invalid(type, `has a package that primary does not have: ${pkgid.slice(0, 64)}`)
    seen.set(pkgid, (seen.get(pkgid) ?? 0) + 1)
  }
  if (seen.size !== primary.size)
    throw invalid(type, `has ${seen.size} of the ${primary.size} packages that primary has`)
  return countsOf(seen)
}
