// Upstreams that send too much, too little, too slowly or nonsense.
import { describe, expect, it } from 'vitest'
import { countedBody } from '../../src/upstream/response-body.ts'
import { bodyOf, readAll } from '../support/bytes.ts'
import { closedPort, serveHttp, serveRaw } from '../support/loopback.ts'
import { clientFor, failureOf, textOf } from '../support/upstream-clients.ts'

describe('too much', () => {
  it('by Content-Length is refused before the body is read', async () => {
    const server = await serveRaw((socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 11\r\n\r\n'))
    const request = clientFor([server.base]).request({ url: server.base, maxBytes: 10 })
    await expect(request).rejects.toMatchObject({ code: 'TOO_LARGE', facts: { maxBytes: 10 } })
  })

  it('without a length is refused while reading', async () => {
    const server = await serveHttp((_, response) => {
      response.write('12345')
      response.end('678901')
    })
    expect(await failureOf(clientFor([server.base]), server.base, { maxBytes: 10 })).toMatchObject({
      code: 'TOO_LARGE',
    })
    expect(await textOf(clientFor([server.base]), server.base, { maxBytes: 11 })).toBe('12345678901')
  })

  it('without an end is refused, and the connection closed', async () => {
    let closed: () => void
    const ended = new Promise<void>((resolve) => {
      closed = resolve
    })
    const server = await serveHttp((_, response) => {
      const chunk = Buffer.alloc(64 * 1024)
      const more = () => {
        while (response.write(chunk)) {}
      }
      response.on('drain', more).on('close', () => closed())
      more()
    })
    expect(await failureOf(clientFor([server.base]), server.base)).toMatchObject({ code: 'TOO_LARGE' })
    await ended
  })

  it('of headers is refused', async () => {
    const server = await serveRaw((socket) =>
      socket.end(`HTTP/1.1 200 OK\r\nx: ${'a'.repeat(100_000)}\r\n\r\n`),
    )
    expect(await failureOf(clientFor([server.base]), server.base)).toMatchObject({ code: 'UPSTREAM_FAILED' })
  })
})

describe('too little', () => {
  it.each([
    ['less than Content-Length', 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf'],
    ['a chunk that breaks off', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n64\r\nhalf'],
    ['no last chunk', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n'],
    [
      'a chunk size that is no number',
      'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nhalf\r\n0\r\n\r\n',
    ],
  ])('%s is a broken body', async (_, answer) => {
    const server = await serveRaw((socket) => socket.end(answer))
    const error = await failureOf(clientFor([server.base]), server.base)
    expect(error).toMatchObject({ code: 'UPSTREAM_FAILED', facts: { broken: true } })
  })

  it.each([
    ['no HTTP at all', 'SSH-2.0-OpenSSH_9.2\r\n\r\n'],
    [
      'a length and chunks at once',
      'HTTP/1.1 200 OK\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n0\r\n\r\n',
    ],
    ['two lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 4\r\ncontent-length: 5\r\n\r\nhalf!'],
    ['a negative length', 'HTTP/1.1 200 OK\r\ncontent-length: -4\r\n\r\nhalf'],
  ])('%s is refused', async (_, answer) => {
    const server = await serveRaw((socket) => socket.end(answer))
    expect(await failureOf(clientFor([server.base]), server.base)).toMatchObject({ code: 'UPSTREAM_FAILED' })
  })

  it('a connection that closes without an answer is tried again, then given up', async () => {
    const server = await serveRaw((socket) => socket.destroy())
    expect(await failureOf(clientFor([server.base]), server.base)).toMatchObject({
      code: 'UPSTREAM_UNAVAILABLE',
    })
    expect(server.connections()).toBe(3)
  })
})

describe('countedBody', () => {
  const limits = { url: new URL('http://upstream.test/a'), maxBytes: 10 }

  it.each([
    ['1234', 5],
    ['123456', 5],
  ])('does not take %j for %i bytes', async (bytes, announced) => {
    const reading = readAll(countedBody(bodyOf(bytes), limits, announced))
    await expect(reading).rejects.toMatchObject({ code: 'UPSTREAM_FAILED', facts: { broken: true } })
  })

  it('passes on what is whole', async () => {
    expect((await readAll(countedBody(bodyOf('123', '45'), limits, 5))).toString()).toBe('12345')
  })
})

describe('too slow', () => {
  it('no answer is given up after the headers time-out', async () => {
    const server = await serveRaw(() => undefined)
    const error = await failureOf(clientFor([server.base], { headersMs: 50 }), server.base)
    expect(error).toMatchObject({
      code: 'UPSTREAM_UNAVAILABLE',
      facts: { systemCode: 'UND_ERR_HEADERS_TIMEOUT' },
    })
  })

  it('a body that falls silent is given up after the body time-out', async () => {
    const server = await serveRaw((socket) =>
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf'),
    )
    const error = await failureOf(clientFor([server.base], { bodyMs: 50 }), server.base)
    expect(error).toMatchObject({
      code: 'UPSTREAM_UNAVAILABLE',
      facts: { systemCode: 'UND_ERR_BODY_TIMEOUT' },
    })
  })

  it('a body that drips is ended by the total time', async () => {
    const server = await serveRaw((socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n')
      const dripping = setInterval(() => socket.write('.'), 10)
      socket.on('close', () => clearInterval(dripping))
    })
    const error = await failureOf(clientFor([server.base], { totalMs: 200 }), server.base)
    expect(error).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE', facts: { totalMs: 200 } })
  })

  it('retries are ended by the total time', async () => {
    const server = await serveHttp((_, response) => response.writeHead(503).end())
    const options = {
      totalMs: 200,
      retries: 1000,
      backoff: { baseMs: 20_000, maxMs: 20_000 },
      random: () => 1,
    }
    const error = await failureOf(clientFor([server.base], options), server.base)
    expect(error).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE', facts: { totalMs: 200 } })
    expect(server.requests).toHaveLength(1)
  })

  it('nobody at the port is unavailable', async () => {
    const base = `http://127.0.0.1:${await closedPort()}`
    expect(await failureOf(clientFor([base]), base)).toMatchObject({
      code: 'UPSTREAM_UNAVAILABLE',
      facts: { systemCode: 'ECONNREFUSED' },
    })
  })
})

describe('a caller that gives up', () => {
  it('before the answer gets an error, and the upstream is not blamed', async () => {
    const server = await serveRaw(() => undefined)
    const client = clientFor([server.base], { breaker: { failures: 1 } })
    for (let count = 0; count < 3; count += 1) {
      const signal = AbortSignal.timeout(20)
      const error = await failureOf(client, server.base, { signal })
      expect(error).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE', facts: { aborted: true } })
    }
  })

  it('within the body gets an error', async () => {
    const server = await serveRaw((socket) =>
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf'),
    )
    const controller = new AbortController()
    const { body } = await clientFor([server.base]).request({
      url: server.base,
      maxBytes: 10,
      signal: controller.signal,
    })
    const reading = readAll(body)
    controller.abort()
    await expect(reading).rejects.toMatchObject({ code: 'UPSTREAM_UNAVAILABLE', facts: { aborted: true } })
  })

  it('and one that never reads the body do no harm', async () => {
    const server = await serveHttp((_, response) => response.end('x'.repeat(100_000)))
    const client = clientFor([server.base], { totalMs: 50 })
    const { body } = await client.request({ url: server.base, maxBytes: 1_000_000 })
    await new Promise((resolve) => setTimeout(resolve, 100))
    await expect(readAll(body)).rejects.toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' })
  })
})
