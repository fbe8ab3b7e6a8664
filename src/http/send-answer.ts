// An answer leaves: through node:http's own response, or as a web Response where there is no socket.
import type { ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type Answer, isStored, type StoredRange } from './answer.ts'
import { pumpFile } from './file-pump.ts'
import { sendWhole } from './whole-answer.ts'

/** `outgoing` knows the method: node:http sends no body for HEAD and 304 whatever it is given. */
export function sendAnswer(outgoing: ServerResponse, answer: Answer): void {
  if (sendWhole(outgoing, answer)) return
  const { status, phrase, headers, body } = answer
  const list = headers as string[] // node:http only reads it
  if (phrase === undefined) outgoing.writeHead(status, list)
  else outgoing.writeHead(status, phrase, list)
  if (body === undefined || outgoing.req.method === 'HEAD') outgoing.end()
  else if (!isStored(body)) outgoing.end(body)
  // Once bytes are out only a broken connection can tell of a failure.
  else sendStored(outgoing, body).catch((error) => outgoing.destroy(error))
}

function sendStored(outgoing: ServerResponse, { blob, range }: StoredRange): Promise<void> {
  return blob.location === undefined
    ? pipeline(Readable.from(within(blob.stream(), range)), outgoing)
    : pumpFile(blob.location, range, outgoing)
}

/** For a request that came without a socket. */
export function responseOf({ status, phrase, headers, body }: Answer, method: string): Response {
  const pairs = Array.from({ length: headers.length / 2 }, (_, at): [string, string] => [
    headers[2 * at] ?? '',
    headers[2 * at + 1] ?? '',
  ])
  const init = { status, headers: pairs, ...(phrase === undefined ? {} : { statusText: phrase }) }
  if (body === undefined || method === 'HEAD') return new Response(null, init)
  if (!isStored(body)) return new Response(body, init)
  return new Response(ReadableStream.from(within(body.blob.stream(), body.range)), init)
}

async function* within(
  chunks: AsyncIterable<Uint8Array>,
  { start, end }: StoredRange['range'],
): AsyncIterable<Uint8Array> {
  let position = 0
  for await (const chunk of chunks) {
    const from = Math.max(0, start - position)
    const to = Math.min(chunk.byteLength, end + 1 - position)
    if (from < to) yield chunk.subarray(from, to)
    position += chunk.byteLength
    if (position > end) return
  }
}
