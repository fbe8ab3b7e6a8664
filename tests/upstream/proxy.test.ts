// Traffic through a configured HTTP proxy.
import { once } from 'node:events'
import { createServer, request as forward } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { serveHttp } from '../support/loopback.ts'
import { clientFor, failureOf, resolverOf, textOf } from '../support/upstream-clients.ts'

/** A proxy that sends everything to one port of this machine, whatever its name was. */
async function serveProxy(port: number) {
  const seen: string[] = []
  const server = createServer((incoming, outgoing) => {
    seen.push(`${incoming.method} ${incoming.url}`)
    const { pathname } = new URL(incoming.url ?? '')
    forward({ port, path: pathname, headers: incoming.headers }, (answer) => answer.pipe(outgoing)).end()
  })
  server.on('connect', (incoming, socket, head) => {
    seen.push(`CONNECT ${incoming.url}`)
    const upstream = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      upstream.write(head)
      upstream.pipe(socket).pipe(upstream)
    })
    for (const end of [upstream, socket]) end.on('error', () => undefined)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { proxy: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen }
}

describe('a proxy', () => {
  it('is used for names that this machine cannot resolve', async () => {
    const server = await serveHttp((_, response) => response.end('yes'))
    const { proxy, seen } = await serveProxy(server.port)
    const client = clientFor(['http://user:secret@upstream.test'], { proxy, resolve: resolverOf({}).resolve })
    expect(await textOf(client, 'http://upstream.test/a')).toBe('yes')
    expect(seen).toHaveLength(1)
    expect(seen[0]).toMatch(/^(GET http:\/\/upstream\.test\/a|CONNECT upstream\.test:80)$/)
    expect(server.requests[0]?.headers['authorization']).toMatch(/^Basic /)
  })

  it('is not used for hosts that are to be reached directly', async () => {
    const server = await serveHttp((_, response) => response.end('yes'))
    const { proxy, seen } = await serveProxy(server.port)
    const client = clientFor([server.base], { proxy, noProxy: ['127.0.0.1'] })
    expect(await textOf(client, `${server.base}/a`)).toBe('yes')
    expect(seen).toEqual([])
  })

  it.each(['http://10.0.0.1/a', 'http://[::1]/a', 'http://internal.test/a'])(
    'is not asked for a learned private address: %s',
    async (url) => {
      const server = await serveHttp((_, response) => response.end('yes'))
      const { proxy, seen } = await serveProxy(server.port)
      const { resolve } = resolverOf({ 'internal.test': ['10.0.0.1'], 'upstream.test': ['127.0.0.1'] })
      const client = clientFor(['http://upstream.test'], { proxy, resolve })
      const error = await failureOf(client, url, { learnedFrom: 'http://upstream.test' })
      expect(error).toMatchObject({ code: 'HOST_REFUSED' })
      expect(seen).toEqual([])
    },
  )
})
