// Servers on loopback that answer as a test wants, politely or not at all.
import { once } from 'node:events'
import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import {
  type AddressInfo,
  createServer as createTcpServer,
  type Server as NetServer,
  type Socket,
} from 'node:net'
import { onTestFinished } from 'vitest'

export interface Loopback {
  /** `http://127.0.0.1:port`, without trailing slash. */
  readonly base: string
  readonly port: number
  /** Connections accepted so far. */
  connections(): number
  /** Request lines and headers of every request so far. */
  readonly requests: {
    readonly method: string
    readonly url: string
    readonly headers: Record<string, unknown>
  }[]
}

/** An HTTP server for the running test. */
export async function serveHttp(listener: RequestListener, address = '127.0.0.1'): Promise<Loopback> {
  return recorded(createHttpServer(), 'http', listener, address)
}

export async function serveHttps(
  tls: { readonly key: string; readonly cert: string },
  listener: RequestListener,
): Promise<Loopback> {
  return recorded(createHttpsServer(tls), 'https', listener, '127.0.0.1')
}

/** A server that answers each request, whatever it is, by what the function does with the socket. */
export async function serveRaw(answer: (socket: Socket) => void): Promise<Loopback> {
  const server = createTcpServer((socket) => {
    socket.on('error', () => undefined)
    socket.on('data', (data) => {
      if (data.includes('\r\n\r\n')) answer(socket)
    })
  })
  return listening(server, 'http', [], '127.0.0.1')
}

/** A port on which nobody listens. */
export async function closedPort(): Promise<number> {
  const server = createTcpServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

function recorded(
  server: Server,
  scheme: string,
  listener: RequestListener,
  address: string,
): Promise<Loopback> {
  const requests: Loopback['requests'] = []
  server.on('request', (request, response) => {
    requests.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers })
    listener(request, response)
  })
  return listening(server, scheme, requests, address)
}

async function listening(
  server: NetServer,
  scheme: string,
  requests: Loopback['requests'],
  address: string,
): Promise<Loopback> {
  const sockets = new Set<Socket>()
  let connections = 0
  server.on('connection', (socket: Socket) => {
    connections += 1
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  server.listen(0, address)
  await once(server, 'listening')
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { base: `${scheme}://${address}:${port}`, port, connections: () => connections, requests }
}
