// Sockets: plain HTTP, or TLS 1.2 and newer with HSTS, and a listener that sends plain HTTP there.
import { createServer as createHttpServer, type Server, type ServerOptions } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { GatewayError } from '../model/errors.ts'
import { originForm } from './asked.ts'
import type { Edge } from './edge.ts'
import { createRequestListener } from './request-listener.ts'
import { KEEP_ALIVE_MS } from './whole-answer.ts'

export interface ListenOptions {
  readonly host: string
  readonly port: number
  /** PEM text. */
  readonly tls?: { readonly certificate: string; readonly key: string; readonly redirectPort?: number }
  /** Where the redirect leads. */
  readonly publicUrl: string
}

export interface Listener {
  readonly port: number
  /** Stops accepting, lets running answers end, then cuts what is still open. */
  close(): Promise<void>
}

const GRACE_MS = 5_000
const HEADERS_MS = 20_000
const MAX_HEADER_BYTES = 32 * 1024

/** Throws CONFIG_INVALID when the address cannot be listened on. */
export async function listen(edge: Edge, options: ListenOptions): Promise<Listener> {
  const servers = [mainServer(edge, options)]
  const { tls } = options
  await listening(servers[0], options.host, options.port)
  if (tls?.redirectPort !== undefined) {
    const redirect = redirectServer(options.publicUrl)
    await listening(redirect, options.host, tls.redirectPort).catch(async (thrown) => {
      await Promise.all(servers.map(closeServer))
      throw thrown
    })
    servers.push(redirect)
  }
  const address = servers[0]?.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : options.port,
    close: async () => {
      await Promise.all(servers.map(closeServer))
    },
  }
}

function mainServer(edge: Edge, { tls, publicUrl }: ListenOptions): Server {
  const common: ServerOptions = {
    keepAliveTimeout: KEEP_ALIVE_MS,
    headersTimeout: HEADERS_MS,
    maxHeaderSize: MAX_HEADER_BYTES,
    noDelay: true,
    // As a web Headers object has them: no second Authorization header is silently left out.
    joinDuplicateHeaders: true,
    optimizeEmptyRequests: true,
  }
  const listener = createRequestListener(edge, publicUrl)
  if (tls === undefined) return createHttpServer(common, listener)
  const secure = { cert: tls.certificate, key: tls.key, minVersion: 'TLSv1.2' } as const
  const server = createHttpsServer({ ...common, ...secure }, listener)
  // RFC 6797: a year; before any handler runs, so that every answer carries it.
  server.prependListener('request', (_, outgoing) =>
    outgoing.setHeader('strict-transport-security', 'max-age=31536000'),
  )
  return server
}

function redirectServer(publicUrl: string): Server {
  return createHttpServer((incoming, outgoing) => {
    outgoing
      .writeHead(308, { location: `${publicUrl}${originForm(incoming.url ?? '/')}`, 'content-length': '0' })
      .end()
  })
}

function listening(server: Server | undefined, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server?.once('error', (cause) =>
      reject(
        new GatewayError(
          'CONFIG_INVALID',
          `cannot listen on ${host}:${port}: ${cause.message}`,
          { host, port },
          { cause },
        ),
      ),
    )
    server?.listen(port, host, resolve)
  })
}

async function closeServer(server: Server): Promise<void> {
  const timer = setTimeout(() => server.closeAllConnections(), GRACE_MS)
  await new Promise<void>((resolve) => {
    server.close(() => resolve())
    server.closeIdleConnections()
  })
  clearTimeout(timer)
}
