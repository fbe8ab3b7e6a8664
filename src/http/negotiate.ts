// Content negotiation over what exists (RFC 9110 section 12): media types and gzip.

interface Accepted {
  readonly type: string
  readonly quality: number
}

/**
 * Picks one of `available` for an Accept header. The first available wins ties, a missing header and no match at all: old clients
 * get an answer instead of 406. `aliases` are other spellings of a type (PEP 691: `latest` for `v1`).
 */
export function negotiateType(
  accept: string | undefined,
  available: readonly string[],
  aliases: Readonly<Record<string, string>> = {},
): string | undefined {
  const first = available[0]
  if (accept === undefined || available.length < 2) return first
  const accepted = parseAccept(accept).map((one) => ({ ...one, type: aliases[one.type] ?? one.type }))
  let best = first
  let bestScore = 0
  for (const type of available) {
    const score = qualityOf(type, accepted)
    if (score > bestScore) {
      best = type
      bestScore = score
    }
  }
  return best
}

function parseAccept(accept: string): Accepted[] {
  return accept.split(',').map((part) => {
    const [type = '', ...parameters] = part.split(';').map((piece) => piece.trim())
    const q = parameters.find((parameter) => parameter.startsWith('q='))
    const quality = q === undefined ? 1 : Number(q.slice(2))
    return { type: type.toLowerCase(), quality: Number.isFinite(quality) ? quality : 0 }
  })
}

/** Quality of the most specific range that covers the type. */
function qualityOf(type: string, accepted: readonly Accepted[]): number {
  const bare = type.split(';')[0] ?? type
  const main = `${bare.split('/')[0]}/*`
  for (const range of [bare, main, '*/*']) {
    const match = accepted.find((one) => one.type === range)
    if (match !== undefined) return match.quality
  }
  return 0
}

/** Whether gzip may be sent. */
export function acceptsGzip(header: string | undefined): boolean {
  if (header === undefined) return false
  return /(?:^|,)\s*(?:gzip|\*)\s*(?:;\s*q=(?!0(?:\.0*)?\s*(?:,|$))[^,]*)?(?=,|$)/i.test(header)
}
