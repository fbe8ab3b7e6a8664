// One of the three lists of packages, checked while it passes: nothing between the packages, and as many as it says.
import { invalid } from './invalid.ts'
import { type PackageSpan, packageBatches } from './package-spans.ts'
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

/** A part of a list; `head` comes with the first one, `tail` with the last. */
export interface ListPart {
  /** All up to and with the root's start tag. */
  readonly head?: Buffer
  /** Packages with the white space before each. */
  readonly packages: readonly PackageSpan[]
  /** From behind the last package. */
  readonly tail?: Buffer
}

/**
 * Like packageBatches. Throws UPSTREAM_INVALID besides for anything that stands between packages (another reader might take it
 * for one), for another root than the list must have, and for a wrong or missing `packages=`.
 */
export async function* listParts(chunks: AsyncIterable<Uint8Array>, type: string): AsyncGenerator<ListPart> {
  let announced: number | undefined
  let count = 0
  for await (const batch of packageBatches(chunks, type)) {
    const [first, ...others] = batch
    if (first === undefined) continue
    let spans = batch
    let head: Buffer | undefined
    if (announced === undefined) {
      ;({ head, announced } = readHead(first.before, type))
      spans = [{ ...first, before: first.before.subarray(head.length) }, ...others]
    }
    const packages = spans.filter(({ bytes }) => bytes.length > 0)
    for (const { before } of packages) refuseContent(before, type)
    count += packages.length
    const last = spans.find(({ bytes }) => bytes.length === 0)
    if (last !== undefined) checkEnd(last.before, { type, announced, count })
    yield {
      packages,
      ...(head === undefined ? {} : { head }),
      ...(last === undefined ? {} : { tail: last.before }),
    }
  }
}

function readHead(before: Buffer, type: string): { head: Buffer; announced: number } {
  const root = ROOTS[type]
  const start = new RegExp(
    `^(?:\\xef\\xbb\\xbf)?[ \\t\\r\\n]*(?:<\\?xml[^<>]*\\?>)?[ \\t\\r\\n]*<${root}\\b([^<>]*)>`,
  ).exec(before.toString('latin1'))
  const said = / packages="(\d{1,9})"/.exec(start?.[1] ?? '')?.[1]
  if (start === null || said === undefined)
    throw invalid(type, `does not begin with <${root} packages="...">`)
  return { head: before.subarray(0, start[0].length), announced: Number(said) }
}

function refuseContent(between: Buffer, type: string): void {
  const text = between.toString('latin1')
  if (/[^ \t\r\n]/.test(text))
    throw invalid(type, `has something between its packages: ${text.trim().slice(0, 60)}`)
}

function checkEnd(
  tail: Buffer,
  { type, announced, count }: { type: string; announced: number; count: number },
): void {
  const root = ROOTS[type]
  if (!new RegExp(`^[ \\t\\r\\n]*</${root}[ \\t\\r\\n]*>[ \\t\\r\\n]*$`).test(tail.toString('latin1')))
    throw invalid(type, `does not end with </${root}>`)
  if (announced !== count) throw invalid(type, `says it has ${announced} packages and has ${count}`)
}

// As every tool writes it; anything else is read with care.
const USUAL_START = /^<package pkgid="([0-9a-f]{64})" name="[^"<>]*" arch="[^"<>]*">/

/** Digest that joins the three lists, of a package in filelists or other. */
export function pkgidOf(bytes: Buffer, type: string): string {
  const head = bytes.toString('utf8', 0, bytes.indexOf('>') + 1)
  const usual = USUAL_START.exec(head)?.[1]
  return usual ?? (attributesOf(head, 'package', type)?.['pkgid'] ?? '').toLowerCase()
}
