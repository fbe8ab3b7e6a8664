// Keeps credentials out of what is written for people and machines: by key, and by shape inside any text.

const SECRET_KEY =
  /^(proxy-)?authorization$|^(set-)?cookie$|^x-api-key$|^(access|auth|id|refresh)?_?token$|^_auth(token)?$|^_?password$|^passphrase$|^secret$|^private_?key$/i
const REDACTED = '[redacted]'
const MAX_DEPTH = 6

/** The text without user information in URLs and without credentials of HTTP authentication schemes. */
export function redactText(text: string): string {
  return text
    .replace(/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/?#@]*@/gi, '$1***@')
    .replace(/\b(Bearer|Basic|Token)\s+[A-Za-z0-9._~+/=-]{6,}/gi, '$1 ***')
    .replace(/\bspt_([0-9a-f]{12})_[A-Za-z0-9_-]{43}/g, 'spt_$1_***')
    .replace(/(_authToken|_auth|_password)\s*=\s*\S+/g, '$1=***')
}

/** A copy in which no value of a secret key and no credential inside a text is left; errors become plain data. */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return redactText(value)
  if (typeof value !== 'object' || value === null) return value
  if (depth >= MAX_DEPTH) return '[too deep]'
  if (value instanceof Error) return redactError(value, depth)
  if (Array.isArray(value)) return value.map((one) => redact(one, depth + 1))
  // What knows how to show itself (dates, secrets, URLs) is asked; bytes are told by their length only.
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`
  if ('toJSON' in value && typeof value.toJSON === 'function') return redact(value.toJSON(), depth + 1)
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [
      key,
      SECRET_KEY.test(key) ? REDACTED : redact(one, depth + 1),
    ]),
  )
}

function redactError(error: Error, depth: number): object {
  const code = 'code' in error ? { code: error.code } : {}
  const facts = 'facts' in error ? { facts: redact(error.facts, depth + 1) } : {}
  const cause = error.cause === undefined ? {} : { cause: redact(error.cause, depth + 1) }
  return {
    name: error.name,
    message: redactText(error.message),
    ...code,
    ...facts,
    ...(error.stack === undefined ? {} : { stack: redactText(error.stack) }),
    ...cause,
  }
}
