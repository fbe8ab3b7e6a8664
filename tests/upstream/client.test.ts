// What the client sends and what it makes of the answers.
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { GatewayError } from '../../src/model/errors.ts'
import { readAll } from '../support/bytes.ts'
import { serveHttp } from '../support/loopback.ts'
import { clientFor, failureOf, textOf } from '../support/upstream-clients.ts'

const TEXT = 'the body of an index '.repeat(500)

describe('requests', () => {
  it('ask for bytes as they are, under our own name', async () => {
    const server = await serveHttp((_, response) => response.end('yes'))
    const client = clientFor([server.base], { userAgent: 'sallyport/1.2' })
    expect(await textOf(client, `${server.base}/left?write=true`, { headers: { Accept: 'text/html' } })).toBe(
      'yes',
    )
    expect(server.requests).toMatchObject([
      {
        method: 'GET',
        url: '/left?write=true',
        headers: { 'user-agent': 'sallyport/1.2', 'accept-encoding': 'identity', accept: 'text/html' },
      },
    ])
  })

  it('keep percent-encoding as it is', async () => {
    const server = await serveHttp((_, response) => response.end())
    await textOf(clientFor([server.base]), `${server.base}/@scope%2fname`)
    expect(server.requests[0]?.url).toBe('/@scope%2fname')
  })

  it('can post a body', async () => {
    const server = await serveHttp(async (request, response) => response.end(await readAll(request)))
    const request = { method: 'POST' as const, body: Buffer.from('{"a":1}') }
    expect(await textOf(clientFor([server.base]), `${server.base}/-/audit`, request)).toBe('{"a":1}')
  })

  it('share a connection one after the other', async () => {
    const server = await serveHttp((_, response) => response.end('yes'))
    const client = clientFor([server.base], { connections: 1 })
    for (let count = 0; count < 5; count += 1) await textOf(client, `${server.base}/${count}`)
    expect(server.connections()).toBe(1)
  })

  it('keep to the number of connections', async () => {
    const server = await serveHttp((_, response) => setTimeout(() => response.end('yes'), 5))
    const client = clientFor([server.base], { connections: 3 })
    await Promise.all(Array.from({ length: 20 }, (_, count) => textOf(client, `${server.base}/${count}`)))
    expect(server.connections()).toBe(3)
  })

  it.each(['Authorization', 'cookie', 'Proxy-Authorization', 'HOST'])('may not carry %s', async (name) => {
    const server = await serveHttp((_, response) => response.end())
    const error = await failureOf(clientFor([server.base]), server.base, { headers: { [name]: 'stolen' } })
    expect(error).toMatchObject({ code: 'INTERNAL' })
    expect(String(error)).not.toContain('stolen')
    expect(server.requests).toEqual([])
  })

  it.each(['ftp://upstream.test/a', 'file:///etc/passwd', 'data:text/plain,x', 'left', '', 'http://'])(
    'to %j are refused',
    async (url) => {
      expect(await failureOf(clientFor([]), url)).toMatchObject({ code: 'HOST_REFUSED' })
    },
  )
})

describe('answers', () => {
  it('come with status, lower-case headers, final address and body', async () => {
    const server = await serveHttp((_, response) => {
      response
        .writeHead(200, {
          ETag: '"x"',
          'Content-Type': 'text/plain',
          'X-Many': ['a', 'b'],
          'Content-Length': 3,
        })
        .end('yes')
    })
    const answer = await clientFor([server.base]).request({ url: `${server.base}/a#part`, maxBytes: 10 })
    expect(answer).toMatchObject({
      status: 200,
      url: `${server.base}/a`,
      headers: { etag: '"x"', 'content-type': 'text/plain', 'content-length': '3', 'x-many': 'a, b' },
    })
    expect((await readAll(answer.body)).toString()).toBe('yes')
  })

  it('of 304 are answers, with an empty body', async () => {
    const server = await serveHttp((request, response) => {
      response.writeHead(request.headers['if-none-match'] === '"x"' ? 304 : 200, { etag: '"x"' }).end()
    })
    const request = { url: server.base, maxBytes: 10, headers: { 'if-none-match': '"x"' } }
    const answer = await clientFor([server.base]).request(request)
    expect(answer.status).toBe(304)
    expect(await readAll(answer.body)).toHaveLength(0)
  })

  it('to HEAD may announce more than the limit', async () => {
    const server = await serveHttp((_, response) =>
      response.writeHead(200, { 'content-length': '999' }).end(),
    )
    const answer = await clientFor([server.base]).request({ url: server.base, method: 'HEAD', maxBytes: 10 })
    expect(answer.headers['content-length']).toBe('999')
    expect(await readAll(answer.body)).toHaveLength(0)
  })

  it.each([
    [404, 'NOT_FOUND', 1],
    [410, 'NOT_FOUND', 1],
    [400, 'UPSTREAM_FAILED', 1],
    [401, 'UPSTREAM_FAILED', 1],
    [403, 'UPSTREAM_FAILED', 1],
    [501, 'UPSTREAM_FAILED', 1],
    [429, 'UPSTREAM_UNAVAILABLE', 3],
    [500, 'UPSTREAM_UNAVAILABLE', 3],
    [503, 'UPSTREAM_UNAVAILABLE', 3],
  ])('of %i fail as %s after %i tries', async (status, code, tries) => {
    const server = await serveHttp((_, response) => response.writeHead(status).end('<html>'))
    const error = await failureOf(clientFor([server.base]), `${server.base}/left`)
    expect(error).toBeInstanceOf(GatewayError)
    expect(error).toMatchObject({ code, facts: { status, url: `${server.base}/left` } })
    expect(server.requests).toHaveLength(tries)
  })
})

describe('content encoding', () => {
  const encoders = {
    gzip: gzipSync,
    'x-gzip': gzipSync,
    deflate: deflateSync,
    br: brotliCompressSync,
    zstd: zstdCompressSync,
  }
  const asking = { headers: { 'Accept-Encoding': 'gzip, br, zstd' } }

  async function serveEncoded(encoding: string, body: Uint8Array) {
    return serveHttp((_, response) => response.writeHead(200, { 'content-encoding': encoding }).end(body))
  }

  it.each(Object.entries(encoders))('%s is undone for whoever asked', async (encoding, encode) => {
    const server = await serveEncoded(encoding, encode(TEXT))
    const answer = await clientFor([server.base]).request({
      url: server.base,
      maxBytes: TEXT.length,
      ...asking,
    })
    expect((await readAll(answer.body)).toString()).toBe(TEXT)
    expect(answer.headers).not.toHaveProperty('content-encoding')
    expect(answer.headers).not.toHaveProperty('content-length')
  })

  it('in two layers is undone in order', async () => {
    const server = await serveEncoded('gzip, br', brotliCompressSync(gzipSync(TEXT)))
    expect(await textOf(clientFor([server.base]), server.base, asking)).toBe(TEXT)
  })

  it('is left alone for whoever did not ask, as artifacts are what their digest says', async () => {
    const packed = gzipSync(TEXT)
    const server = await serveEncoded('gzip', packed)
    const answer = await clientFor([server.base]).request({ url: server.base, maxBytes: 100_000 })
    expect(await readAll(answer.body)).toEqual(packed)
    expect(answer.headers['content-encoding']).toBe('gzip')
  })

  it.each(Object.entries(encoders))('%s may not unpack beyond the limit', async (encoding, encode) => {
    const server = await serveEncoded(encoding, encode(Buffer.alloc(20_000_000)))
    const error = await failureOf(clientFor([server.base]), server.base, { ...asking, maxBytes: 100_000 })
    expect(error).toMatchObject({ code: 'TOO_LARGE' })
  })

  it.each(Object.entries(encoders))('%s that ends early is a broken body', async (encoding, encode) => {
    const server = await serveEncoded(encoding, encode(TEXT).subarray(0, -6))
    const error = await failureOf(clientFor([server.base]), server.base, asking)
    expect(error).toMatchObject({ code: 'UPSTREAM_FAILED', facts: { broken: true } })
  })

  it.each([
    ['gzip', 'this is not gzip'],
    ['rot13', 'guvf'],
    ['__proto__', 'x'],
    ['gzip, gzip, gzip', 'x'],
  ])('%s around something else is a broken body', async (encoding, body) => {
    const server = await serveEncoded(encoding, Buffer.from(body))
    expect(await failureOf(clientFor([server.base]), server.base, asking)).toMatchObject({
      code: 'UPSTREAM_FAILED',
    })
  })
})
