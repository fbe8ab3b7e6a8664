// Credentials reach exactly the upstream they were given for, and no message.
import { describe, expect, it } from 'vitest'
import { createUpstreamClient } from '../../src/upstream/client.ts'
import { type Loopback, serveHttp } from '../support/loopback.ts'
import { clientFor, failureOf, textOf } from '../support/upstream-clients.ts'

async function serveYes(): Promise<Loopback> {
  return serveHttp((_, response) => response.end('yes'))
}

function sentTo(server: Loopback): unknown[] {
  return server.requests.map(({ headers }) => headers['authorization'])
}

describe('credentials', () => {
  it.each([
    ['/npm', 'Bearer npm'],
    ['/npm/left', 'Bearer npm'],
    ['/npm/private/left', 'Bearer private'],
    ['/npm/privateer', 'Bearer npm'],
    ['/npmx/left', undefined],
    ['/', undefined],
    ['/npm/../other', undefined],
    ['/npm/%2e%2e/other', undefined],
  ])('for %s are %s', async (path, authorization) => {
    const server = await serveYes()
    const client = clientFor([], {
      upstreams: [
        { base: `${server.base}/npm/`, authorization: 'Bearer npm' },
        { base: `${server.base}/npm/private`, authorization: 'Bearer private' },
      ],
    })
    await textOf(client, `${server.base}${path}`)
    expect(sentTo(server)).toEqual([authorization])
  })

  it.each(['/npm/..%2fother', '/npm/%2e%2e%2Fother', '/npm/a%5c..%5cother', '/npm/..%5C/other'])(
    'cannot be led astray by %s',
    async (path) => {
      const server = await serveYes()
      const client = clientFor([], {
        upstreams: [{ base: `${server.base}/npm`, authorization: 'Bearer npm' }],
      })
      expect(await failureOf(client, `${server.base}${path}`)).toMatchObject({ code: 'HOST_REFUSED' })
      expect(server.requests).toEqual([])
    },
  )

  it('do not go to another port of the same host', async () => {
    const [server, other] = [await serveYes(), await serveYes()]
    const client = clientFor([], {
      upstreams: [{ base: server.base, authorization: 'Bearer secret' }, { base: other.base }],
    })
    await textOf(client, `${other.base}/left`)
    expect(sentTo(other)).toEqual([undefined])
  })

  it('do not follow a redirect to another upstream, which gets its own', async () => {
    const other = await serveYes()
    const server = await serveHttp((_, response) =>
      response.writeHead(302, { location: `${other.base}/b` }).end(),
    )
    const client = clientFor([], {
      upstreams: [
        { base: server.base, authorization: 'Bearer first' },
        { base: other.base, authorization: 'Bearer second' },
      ],
    })
    expect(await textOf(client, `${server.base}/a`)).toBe('yes')
    expect([...sentTo(server), ...sentTo(other)]).toEqual(['Bearer first', 'Bearer second'])
  })

  it('are dropped by a redirect that leaves the prefix', async () => {
    const server = await serveHttp((request, response) => {
      if (request.url === '/npm/a') response.writeHead(302, { location: '/public/b' }).end()
      else response.end('yes')
    })
    const client = clientFor([], { upstreams: [{ base: `${server.base}/npm`, authorization: 'Bearer npm' }] })
    expect(await textOf(client, `${server.base}/npm/a`)).toBe('yes')
    expect(sentTo(server)).toEqual(['Bearer npm', undefined])
  })

  it('in the URL of the upstream become Basic, and the URL of a request may repeat them', async () => {
    const server = await serveYes()
    const base = server.base.replace('://', '://user:p%40ss@')
    const client = clientFor([base])
    await textOf(client, `${server.base}/a`)
    await textOf(client, `${base}/b`)
    const basic = `Basic ${Buffer.from('user:p@ss').toString('base64')}`
    expect(sentTo(server)).toEqual([basic, basic])
  })

  it('in a learned URL are refused', async () => {
    const server = await serveYes()
    const client = clientFor([server.base])
    const error = await failureOf(client, 'http://user:secret@files.test/a', { learnedFrom: server.base })
    expect(error).toMatchObject({ code: 'HOST_REFUSED' })
    expect(everythingIn(error)).not.toContain('secret')
  })
})

describe('messages', () => {
  it.each([401, 404, 500])('about status %i hold no credentials', async (status) => {
    const server = await serveHttp((_, response) => response.writeHead(status).end())
    const base = server.base.replace('://', '://user:secret@')
    const client = clientFor([base])
    const error = await failureOf(client, `${base}/left?token=secret#secret`)
    expect(error).toMatchObject({ facts: { status } })
    expect(everythingIn(error)).not.toContain('secret')
    expect(everythingIn(error)).not.toContain(Buffer.from('user:secret').toString('base64'))
  })

  it('about broken connections, bodies and redirects hold none either', async () => {
    const server = await serveHttp((request, response) => {
      if (request.url?.startsWith('/broken')) response.destroy()
      else if (request.url?.startsWith('/short')) response.writeHead(200, { 'content-length': 9 }).end('half')
      else response.writeHead(302, { location: 'http://user:secret@evil.test/?secret' }).end()
    })
    const client = clientFor([], { upstreams: [{ base: server.base, authorization: 'Bearer secret' }] })
    for (const path of ['broken', 'short', 'redirect']) {
      const error = await failureOf(client, `${server.base}/${path}?token=secret`)
      expect(error).toBeInstanceOf(Error)
      expect(everythingIn(error)).not.toContain('secret')
    }
  })

  it('about a configuration that is wrong hold none', () => {
    const create = () => createUpstreamClient({ upstreams: [{ base: 'ftp://user:secret@upstream.test' }] })
    expect(create).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }))
    expect(create).not.toThrow(/secret/)
  })
})

/** An error with all its causes and facts, as a careless log would print it. */
function everythingIn(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const facts = JSON.stringify(Object.fromEntries(Object.entries(error)))
  return [error.stack, facts, error.cause === undefined ? '' : everythingIn(error.cause)].join('\n')
}
