// A kept answer in the form in which it leaves: status line, headers and body as one buffer, sent by one write.
import { type ServerResponse, STATUS_CODES, validateHeaderName, validateHeaderValue } from 'node:http'
import { type Answer, isStored } from './answer.ts'

// Above the 60 s for which clients and proxies keep idle connections, so that we never close one they are about to use.
export const KEEP_ALIVE_MS = 75_000

/** A larger body is copied for more than one write less saves. */
const MAX_BODY_BYTES = 64 * 1024
/** Of all copies together; the hot ones are made again at once. */
const MAX_KEPT_BYTES = 16 * 1024 * 1024

interface Whole {
  readonly head: string
  readonly bytes: Buffer
  /** The second that its Date header names. */
  readonly second: number
}

/** The two fields by which node:http knows that the head of a response is out. Not public, and the same since Node 0.4. */
interface HeadState {
  _header: string | null
  _headerSent: boolean
}

let kept = new WeakMap<Answer, Whole>()
let keptBytes = 0

/**
 * Sends the answer past `writeHead` and `end(body)`, which make the same head anew each time and hand two pieces to the kernel: a
 * third of what a small answer costs. False, and nothing is sent, for whatever is not the plainest case: another protocol than
 * HTTP/1.1, a connection that is to close, TLS, an answer that waits for another one's turn on its connection, headers that were set before.
 */
export function sendWhole(outgoing: ServerResponse, answer: Answer): boolean {
  const { req, socket } = outgoing
  if (answer.isKept !== true || req.method !== 'GET' || req.httpVersion !== '1.1') return false
  if (socket === null || 'encrypted' in socket || !socket.writable || socket.writableLength > 0) return false
  if (!outgoing.shouldKeepAlive || req.headers.expect !== undefined || !hasNoHead(outgoing)) return false
  const whole = wholeOf(answer)
  if (whole === undefined) return false
  socket.write(whole.bytes)
  outgoing.statusCode = answer.status
  outgoing._header = whole.head
  outgoing._headerSent = true
  outgoing.end()
  return true
}

function hasNoHead(outgoing: ServerResponse): outgoing is ServerResponse & HeadState {
  return (
    '_header' in outgoing &&
    outgoing._header === null &&
    '_headerSent' in outgoing &&
    outgoing._headerSent === false &&
    outgoing.getHeaderNames().length === 0
  )
}

function wholeOf(answer: Answer): Whole | undefined {
  const second = Math.floor(Date.now() / 1000)
  const known = kept.get(answer)
  if (known?.second === second) return known
  const { body } = answer
  if (typeof body === 'string' || isStored(body) || (body?.byteLength ?? 0) > MAX_BODY_BYTES) return undefined
  const head = headOf(answer, second)
  const bytes = Buffer.concat([Buffer.from(head, 'latin1'), body ?? new Uint8Array()])
  const whole = { head, bytes, second }
  if (known === undefined) keptBytes += bytes.byteLength
  if (keptBytes > MAX_KEPT_BYTES) {
    kept = new WeakMap()
    keptBytes = bytes.byteLength
  }
  kept.set(answer, whole)
  return whole
}

/** As node:http writes it. Throws for what it refuses in a header. */
function headOf({ status, headers }: Answer, second: number): string {
  const lines = [`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'unknown'}`]
  for (let at = 0; at < headers.length; at += 2) {
    const [name = '', value = ''] = [headers[at], headers[at + 1]]
    validateHeaderName(name)
    validateHeaderValue(name, value)
    lines.push(`${name}: ${value}`)
  }
  lines.push(`Date: ${new Date(second * 1000).toUTCString()}`)
  lines.push('Connection: keep-alive', `Keep-Alive: timeout=${KEEP_ALIVE_MS / 1000}`)
  return `${lines.join('\r\n')}\r\n\r\n`
}
