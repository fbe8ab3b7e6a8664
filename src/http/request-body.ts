// Request bodies: only side questions have one, and none needs much.
import { GatewayError } from '../model/errors.ts'
import type { GatewayContext } from './bindings.ts'

const MAX_BODY_BYTES = 8 * 1024 * 1024

/** Reads the body whole. Throws BAD_REQUEST past the limit; nothing of it is kept. */
export async function readBody(c: GatewayContext): Promise<Uint8Array> {
  const { body } = c.req.raw
  if (c.req.method === 'GET' || c.req.method === 'HEAD' || body === null) return new Uint8Array()
  if (Number(c.req.header('content-length') ?? 0) > MAX_BODY_BYTES) throw tooLarge()
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body) {
    size += chunk.byteLength
    if (size > MAX_BODY_BYTES) throw tooLarge()
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function tooLarge(): GatewayError {
  return new GatewayError('BAD_REQUEST', `the request body is larger than ${MAX_BODY_BYTES} bytes`, {
    limit: MAX_BODY_BYTES,
  })
}
