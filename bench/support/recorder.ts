// A loopback upstream that replays what a real one answered: recorded at the first request, served from memory ever after.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

interface Recorded {
  readonly status: number
  readonly contentType: string
  readonly etag: string
  readonly body: Buffer
  readonly gzip?: Buffer
}

export interface Recorder {
  readonly url: string
  /** Requests since the start. */
  readonly requests: () => number
  /** Puts an answer at a path that the real upstream does not have. */
  add(path: string, contentType: string, body: Buffer): void
  close(): Promise<void>
}

/** Files of a registry that lie on another host than its index: below `prefix` at the recorder. */
export interface OtherHost {
  readonly prefix: string
  readonly origin: string
}

/**
 * `origin` without trailing slash; URLs of it, and of other hosts, inside JSON and HTML answers are rewritten to the recorder's.
 * `variant` tells representations apart. `port` 0 is any.
 */
export async function startRecorder(
  origin: string,
  folder: string,
  variant: (request: IncomingMessage) => { name: string; headers: Record<string, string> },
  others: readonly OtherHost[] = [],
  port = 0,
): Promise<Recorder> {
  mkdirSync(folder, { recursive: true })
  const memory = new Map<string, Promise<Recorded>>()
  let requests = 0

  const server = createServer((request, response) => {
    requests += 1
    const path = request.url ?? '/'
    const { name, headers } = variant(request)
    const key = `${name} ${path}`
    const answer = memory.get(path) ?? memory.get(key) ?? record(key, path, headers)
    memory.set(memory.has(path) ? path : key, answer)
    answer.then(
      (recorded) => send(request, response, recorded),
      (error) => {
        memory.delete(key)
        response.writeHead(502).end(String(error))
      },
    )
  })

  async function record(key: string, path: string, headers: Record<string, string>): Promise<Recorded> {
    const file = join(folder, createHash('sha1').update(key).digest('hex'))
    if (!existsSync(file)) await fetchTo(file, addressOf(path), headers)
    const { status, contentType } = JSON.parse(readFileSync(`${file}.json`, 'utf8')) as Recorded
    return finish(status, contentType, readFileSync(file))
  }

  function addressOf(path: string): string {
    const other = others.find(({ prefix }) => path.startsWith(`${prefix}/`))
    return other === undefined ? `${origin}${path}` : `${other.origin}${path.slice(other.prefix.length)}`
  }

  function ownAddresses(text: string): string {
    const moved = others.reduce((now, other) => now.replaceAll(other.origin, `${url}${other.prefix}`), text)
    return moved.replaceAll(origin, url)
  }

  function finish(status: number, contentType: string, bytes: Buffer): Recorded {
    const isText = contentType.includes('json') || contentType.includes('html')
    const body = isText ? Buffer.from(ownAddresses(bytes.toString('utf8'))) : bytes
    const etag = `"${createHash('sha1').update(body).digest('hex')}"`
    return { status, contentType, etag, body, ...(isText ? { gzip: gzipSync(body) } : {}) }
  }

  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url,
    requests: () => requests,
    add: (path, contentType, body) => memory.set(path, Promise.resolve(finish(200, contentType, body))),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function fetchTo(file: string, url: string, headers: Record<string, string>): Promise<void> {
  const response = await fetch(url, { headers })
  const body = Buffer.from(await response.arrayBuffer())
  if (response.status >= 500) throw new Error(`${url} answered ${response.status}`)
  const contentType = response.headers.get('content-type') ?? 'application/octet-stream'
  writeFileSync(`${file}.json`, JSON.stringify({ status: response.status, contentType, url }))
  writeFileSync(`${file}.part`, body)
  renameSync(`${file}.part`, file)
}

function send(request: IncomingMessage, response: ServerResponse, recorded: Recorded): void {
  const { status, contentType, etag, body, gzip } = recorded
  if (request.headers['if-none-match'] === etag) {
    response.writeHead(304, { etag }).end()
    return
  }
  const zipped = gzip !== undefined && String(request.headers['accept-encoding'] ?? '').includes('gzip')
  const bytes = zipped ? gzip : body
  response.writeHead(status, {
    'content-type': contentType,
    'content-length': bytes.byteLength,
    etag,
    vary: 'accept, accept-encoding',
    ...(zipped ? { 'content-encoding': 'gzip' } : {}),
  })
  response.end(request.method === 'HEAD' ? undefined : bytes)
}
