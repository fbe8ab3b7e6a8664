// The words of clamd(8): one connection a question, NUL-terminated, streams in length-prefixed chunks.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { GatewayError } from '../../model/errors.ts'

export type ClamdAddress = { readonly path: string } | { readonly host: string; readonly port: number }

/** Nothing heard for so long means that clamd hangs. */
const SILENCE_MS = 120_000
const MAX_REPLY = 4096
/** clamd reads a length of four bytes; smaller chunks keep its buffers small. */
const CHUNK_BYTES = 1024 * 1024

export interface ClamdStream {
  write(bytes: Uint8Array): Promise<void>
  /** Ends the stream and gives the reply. */
  end(): Promise<string>
  close(): void
}

/** Every failure of the connection rejects `write` or `end`; a reply never comes from nowhere. */
export function openClamdStream(address: ClamdAddress, signal: AbortSignal): ClamdStream {
  const { socket, reply } = open(address, signal)
  socket.write('zINSTREAM\0')

  async function send(bytes: Uint8Array): Promise<void> {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(bytes.length)
    socket.write(length)
    // clamd may refuse a stream in the middle: then its reply says why, and nobody waits for a drain that never comes.
    if (!socket.write(bytes)) await Promise.race([once(socket, 'drain'), reply])
  }

  return {
    async write(bytes) {
      for (let at = 0; at < bytes.length && !socket.destroyed; at += CHUNK_BYTES)
        await send(bytes.subarray(at, at + CHUNK_BYTES))
    },
    end() {
      if (!socket.destroyed) socket.write(Buffer.alloc(4))
      return reply
    },
    close: () => socket.destroy(),
  }
}

/** One command that is answered by one line: `PING`, `VERSION`. */
export function askClamd(address: ClamdAddress, command: string, signal: AbortSignal): Promise<string> {
  const { socket, reply } = open(address, signal)
  socket.write(`z${command}\0`)
  return reply
}

function open(address: ClamdAddress, signal: AbortSignal): { socket: Socket; reply: Promise<string> } {
  const socket = connect(address)
  const reply = readReply(socket, signal)
  reply.catch(() => undefined) // told to whoever awaits it; a failure before that must not end the gateway
  return { socket, reply }
}

function readReply(socket: Socket, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    const fail = (message: string, cause?: unknown) => {
      reject(new GatewayError('SCAN_INCOMPLETE', `clamd ${message}`, { tool: 'clamav' }, { cause }))
      socket.destroy()
    }
    const onAbort = () => fail('was not waited for any longer', signal.reason)
    if (signal.aborted) onAbort()
    signal.addEventListener('abort', onAbort, { once: true })
    socket.setTimeout(SILENCE_MS, () => fail(`said nothing for ${SILENCE_MS / 1000} s`))
    socket.on('error', (error) => fail(`cannot be reached: ${error.message}`, error))
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1')
      const end = text.indexOf('\0')
      if (end === -1 && text.length > MAX_REPLY) fail('does not stop answering')
      if (end === -1) return
      resolve(text.slice(0, end).trim())
      socket.destroy()
    })
    socket.on('close', () => {
      signal.removeEventListener('abort', onAbort)
      fail('closed the connection without an answer')
    })
  })
}
