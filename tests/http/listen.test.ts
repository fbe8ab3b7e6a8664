// Real sockets: plain, TLS with a certificate made here by openssl, and the redirect to it.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { request as httpsRequest, type RequestOptions } from 'node:https'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Hono } from 'hono'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { GatewayEnv } from '../../src/http/bindings.ts'
import type { Edge } from '../../src/http/edge.ts'
import { type Listener, listen } from '../../src/http/listen.ts'

const folder = mkdtempSync(join(tmpdir(), 'sallyport-tls-'))
const app = new Hono<GatewayEnv>()
app.all('*', () => new Response('here', { status: 200 }))
const edge: Edge = {
  app,
  packages: () => ({
    status: 200,
    headers: ['content-length', '4'],
    body: new TextEncoder().encode('here'),
    isKept: true,
  }),
  failed: () => {},
}
let certificate = ''
let key = ''
let open: Listener[] = []

beforeAll(() => {
  const files = ['-keyout', join(folder, 'key.pem'), '-out', join(folder, 'cert.pem')]
  const subject = [
    '-subj',
    '/CN=localhost',
    '-addext',
    'subjectAltName=DNS:localhost,IP:127.0.0.1',
    '-days',
    '2',
  ]
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...files, ...subject], {
    stdio: 'ignore',
  })
  certificate = readFileSync(join(folder, 'cert.pem'), 'utf8')
  key = readFileSync(join(folder, 'key.pem'), 'utf8')
})
afterEach(async () => {
  await Promise.all(open.map((listener) => listener.close()))
  open = []
})
afterAll(() => rmSync(folder, { recursive: true }))

async function start(tls?: { redirectPort?: number }): Promise<Listener> {
  const listener = await listen(edge, {
    host: '127.0.0.1',
    port: 0,
    publicUrl: 'https://packages.test:8443',
    ...(tls === undefined ? {} : { tls: { certificate, key, ...tls } }),
  })
  open.push(listener)
  return listener
}

interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

function ask(send: typeof httpRequest | typeof httpsRequest, options: RequestOptions): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = send({ host: '127.0.0.1', ...options }, (incoming) => {
      let body = ''
      incoming.on('data', (chunk) => {
        body += chunk
      })
      incoming.on('end', () => resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body }))
    })
    outgoing.on('error', reject)
    outgoing.end()
  })
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}

describe('without TLS', () => {
  it('answers, and claims no transport security', async () => {
    const { port } = await start()
    const answer = await ask(httpRequest, { port, path: '/' })
    expect(answer).toMatchObject({ status: 200, body: 'here' })
    expect(answer.headers['strict-transport-security']).toBeUndefined()
  })
  it('refuses headers that are too large', async () => {
    const { port } = await start()
    const answer = await ask(httpRequest, { port, path: '/', headers: { 'x-long': 'a'.repeat(40_000) } })
    expect(answer.status).toBe(431)
  })
  it('says which address is taken', async () => {
    const { port } = await start()
    const again = listen(edge, { host: '127.0.0.1', port, publicUrl: 'http://packages.test' })
    await expect(again).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining(`127.0.0.1:${port}`),
    })
  })
})

describe('with TLS', () => {
  it('answers under the certificate, with HSTS', async () => {
    const { port } = await start({})
    const answer = await ask(httpsRequest, { port, path: '/', ca: certificate, servername: 'localhost' })
    expect(answer).toMatchObject({ status: 200, body: 'here' })
    expect(answer.headers['strict-transport-security']).toBe('max-age=31536000')
  })
  it('refuses what is older than TLS 1.2', async () => {
    const { port } = await start({})
    const old = ask(httpsRequest, {
      port,
      path: '/',
      ca: certificate,
      maxVersion: 'TLSv1.1',
      minVersion: 'TLSv1',
      ciphers: 'ALL@SECLEVEL=0',
    })
    await expect(old).rejects.toThrow()
  })
  it('gives plain HTTP nothing', async () => {
    const { port } = await start({})
    await expect(ask(httpRequest, { port, path: '/' })).rejects.toThrow()
  })
  it('sends plain HTTP to the public URL where a redirect is configured', async () => {
    const redirectPort = await freePort()
    await start({ redirectPort })
    const answer = await ask(httpRequest, { port: redirectPort, path: '/npm/express?write=true' })
    expect(answer).toMatchObject({ status: 308, body: '' })
    expect(answer.headers['location']).toBe('https://packages.test:8443/npm/express?write=true')
  })
  it('sends what was asked in absolute form to the same path, not to the other host', async () => {
    const redirectPort = await freePort()
    await start({ redirectPort })
    const answer = await ask(httpRequest, { port: redirectPort, path: 'http://elsewhere.test/npm/express' })
    expect(answer.headers['location']).toBe('https://packages.test:8443/npm/express')
  })
})
