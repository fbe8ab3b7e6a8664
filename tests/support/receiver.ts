// A receiver of webhooks on loopback that keeps what it got.
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Got {
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

export interface Receiver {
  readonly url: string
  readonly got: Got[]
  /** Of the notices that came, those of one event. */
  of(event: string): Record<string, unknown>[]
  close(): Promise<unknown>
}

/** Answers with these statuses in turn, and 200 from then on. */
export async function startReceiver(...statuses: number[]): Promise<Receiver> {
  const got: Got[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => {
      body += chunk
    })
    request.on('end', () => {
      got.push({ headers: request.headers, body })
      response.writeHead(statuses.shift() ?? 200).end('ok')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    got,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    of: (event) =>
      got
        .map(({ body }) => JSON.parse(body) as Record<string, unknown>)
        .filter((notice) => notice['event'] === event),
    close: () => new Promise((resolve) => server.close(resolve)),
  }
}
