// A loopback upstream of any protocol: answers from a map of paths, misbehaves where told, and remembers every request.
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Answer {
  readonly body: Uint8Array
  readonly contentType: string
  readonly headers?: Readonly<Record<string, string>>
}

/** Spoils an answer. Gets what would have been sent; undefined when the path has nothing. */
export type Fault = (response: ServerResponse, answer: Answer | undefined, request: IncomingMessage) => void

export interface SeenRequest {
  readonly method: string
  /** Path and query as sent. */
  readonly path: string
  readonly headers: IncomingHttpHeaders
}

export interface Loopback {
  /** `http://127.0.0.1:<port>`, no trailing slash. */
  readonly url: string
  readonly seen: SeenRequest[]
  /** Requests of one path, query included. */
  requestsOf(path: string): SeenRequest[]
  /** Every path that matches misbehaves until `heal`; later faults win. */
  spoil(path: RegExp, fault: Fault): void
  heal(): void
  /** Stops listening on the port and cuts connections; `up` listens on the same port again. */
  down(): Promise<void>
  up(): Promise<void>
  close(): Promise<void>
}

/** Serves what `find` returns for a path (percent-encoding untouched), with 404 for undefined. ETag and 304 included. */
export async function startLoopback(
  find: (
    path: string,
    request: IncomingMessage,
    base: string,
  ) => Answer | undefined | Promise<Answer | undefined>,
): Promise<Loopback> {
  const seen: SeenRequest[] = []
  let faults: { path: RegExp; fault: Fault }[] = []
  const server = createServer(async (request, response) => {
    const path = request.url ?? '/'
    seen.push({ method: request.method ?? 'GET', path, headers: request.headers })
    try {
      const answer = await find(path, request, url)
      const spoiled = faults.findLast((entry) => entry.path.test(path))
      if (spoiled === undefined) send(request, response, answer)
      else spoiled.fault(response, answer, request)
    } catch {
      response.writeHead(400).end() // a path that does not decode
    }
  })
  await listen(server, 0)
  const { port } = server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}`
  return {
    url,
    seen,
    requestsOf: (path) => seen.filter((request) => request.path === path),
    spoil: (path, fault) => faults.push({ path, fault }),
    heal: () => {
      faults = []
    },
    down: () => stop(server),
    up: () => listen(server, port),
    close: () => stop(server),
  }
}

function send(request: IncomingMessage, response: ServerResponse, answer: Answer | undefined): void {
  if (answer === undefined) {
    response.writeHead(404, { 'content-type': 'application/json' }).end('{"error":"not found"}')
    return
  }
  const etag = answer.headers?.['etag']
  const unchanged = etag !== undefined && request.headers['if-none-match'] === etag
  response.writeHead(unchanged ? 304 : 200, {
    'content-type': answer.contentType,
    ...(unchanged ? {} : { 'content-length': answer.body.byteLength }),
    ...answer.headers,
  })
  response.end(unchanged || request.method === 'HEAD' ? undefined : answer.body)
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => resolve())
  })
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve()) // also when it was not listening
    server.closeAllConnections()
  })
}
