// Response bodies under limits: never longer than allowed, never taken for whole when they broke off.
import { GatewayError } from '../model/errors.ts'
import { brokenBody } from './failures.ts'
import { safeUrl } from './safe-url.ts'

export interface BodyLimits {
  readonly url: URL
  readonly maxBytes: number
}

/** Content-Length as a number. Throws UPSTREAM_FAILED when it is none, TOO_LARGE above the limit. */
export function announcedLength(
  value: string | undefined,
  { url, maxBytes }: BodyLimits,
): number | undefined {
  if (value === undefined) return undefined
  if (!/^\d{1,15}$/.test(value)) throw brokenBody(url, 'has no valid Content-Length')
  const length = Number(value)
  if (length > maxBytes) throw tooLarge(url, maxBytes)
  return length
}

/** Passes the bytes on while they stay within the limit. Throws TOO_LARGE; UPSTREAM_FAILED when they are not as many as announced. */
export async function* countedBody(
  body: AsyncIterable<Uint8Array>,
  { url, maxBytes }: BodyLimits,
  announced?: number,
): AsyncGenerator<Uint8Array> {
  let received = 0
  for await (const chunk of body) {
    received += chunk.byteLength
    if (received > maxBytes) throw tooLarge(url, maxBytes)
    yield chunk
  }
  if (announced !== undefined && received !== announced) {
    throw brokenBody(url, `ended after ${received} of ${announced} bytes`, { received, announced })
  }
}

export async function* emptyBody(): AsyncGenerator<Uint8Array> {}

function tooLarge(url: URL, maxBytes: number): GatewayError {
  return new GatewayError('TOO_LARGE', `${safeUrl(url)} is larger than ${maxBytes} bytes`, {
    url: safeUrl(url),
    maxBytes,
  })
}
