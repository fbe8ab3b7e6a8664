// Request bodies: only side questions have one, and none needs much.
import { GatewayError } from '../model/errors.ts'
import type { GatewayContext } from './bindings.ts'

/** Reads the body whole. Throws BAD_REQUEST past the limit; nothing of it is kept. */
export async function readBody(c: GatewayContext, maxBytes: number): Promise<Uint8Array> {
  const { body } = c.req.raw
  if (c.req.method === 'GET' || c.req.method === 'HEAD' || body === null) return new Uint8Array()
  if (Number(c.req.header('content-length') ?? 0) > maxBytes) throw tooLarge(maxBytes)
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body) {
    size += chunk.byteLength
    if (size > maxBytes) throw tooLarge(maxBytes)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function tooLarge(maxBytes: number): GatewayError {
  return new GatewayError('BAD_REQUEST', `the request body is larger than ${maxBytes} bytes`, {
    limit: maxBytes,
  })
}
