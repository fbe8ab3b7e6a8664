// Redirects are followed by our own rules.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type Loopback, serveHttp, serveHttps } from '../support/loopback.ts'
import { clientFor, failureOf, resolverOf, textOf } from '../support/upstream-clients.ts'

const REFUSED = { code: 'HOST_REFUSED' }

async function serveYes(): Promise<Loopback> {
  return serveHttp((_, response) => response.end('yes'))
}

async function redirecting(location: string | undefined, status = 302): Promise<Loopback> {
  return serveHttp((request, response) => {
    if (request.url !== '/a') response.end(`${request.method} ${request.url}`)
    else response.writeHead(status, location === undefined ? {} : { location }).end('moved')
  })
}

describe('a redirect', () => {
  it.each([301, 302, 303, 307, 308])('of status %i within the upstream is followed', async (status) => {
    const server = await redirecting('/b?c=d', status)
    const answer = await clientFor([server.base]).request({ url: `${server.base}/a`, maxBytes: 100 })
    expect(answer.url).toBe(`${server.base}/b?c=d`)
  })

  it('keeps the headers of the request', async () => {
    const server = await redirecting('b')
    await textOf(clientFor([server.base]), `${server.base}/a`, { headers: { accept: 'x/y' } })
    expect(server.requests.map(({ headers }) => headers['accept'])).toEqual(['x/y', 'x/y'])
  })

  it('without a target, or to no URL, is a failure', async () => {
    for (const [location, code] of [
      [undefined, 'UPSTREAM_FAILED'],
      ['http://', 'HOST_REFUSED'],
      ['file:///etc/passwd', 'HOST_REFUSED'],
    ]) {
      const server = await redirecting(location)
      expect(await failureOf(clientFor([server.base]), `${server.base}/a`)).toMatchObject({ code })
    }
  })

  it('in a circle ends', async () => {
    const server = await redirecting('/a')
    const error = await failureOf(clientFor([server.base], { maxRedirects: 3 }), `${server.base}/a`)
    expect(error).toMatchObject({ code: 'UPSTREAM_FAILED' })
    expect(server.requests).toHaveLength(4)
  })

  it('of a POST is not followed', async () => {
    const server = await redirecting('/b', 307)
    const request = { method: 'POST' as const, body: Buffer.from('x') }
    expect(await failureOf(clientFor([server.base]), `${server.base}/a`, request)).toMatchObject({
      code: 'UPSTREAM_FAILED',
    })
    expect(server.requests).toHaveLength(1)
  })

  it.each([
    'http://evil.test/b',
    '//evil.test/b',
    'http://10.0.0.1/b',
    'http://169.254.169.254/latest/meta-data',
  ])('to %s is refused', async (location) => {
    const { resolve } = resolverOf({ 'evil.test': ['8.8.8.8'] })
    const server = await redirecting(location)
    expect(await failureOf(clientFor([server.base], { resolve }), `${server.base}/a`)).toMatchObject(REFUSED)
  })

  it('to a listed host is refused when its address is private', async () => {
    const server = await redirecting('http://files.test/b')
    const { resolve } = resolverOf({ 'files.test': ['10.0.0.1'] })
    const client = clientFor([server.base], { resolve, allowedHosts: ['files.test'] })
    expect(await failureOf(client, `${server.base}/a`)).toMatchObject({
      ...REFUSED,
      facts: { address: '10.0.0.1' },
    })
  })

  it('to another name of the upstream’s own private address is followed', async () => {
    const other = await serveYes()
    const server = await redirecting(`http://mirror.test:${other.port}/b`)
    const { resolve } = resolverOf({ 'mirror.test': ['127.0.0.1'] })
    expect(await textOf(clientFor([server.base], { resolve }), `${server.base}/a`)).toBe('yes')
  })

  it('of a learned URL is not the upstream’s word: another host is refused', async () => {
    const other = await serveHttp((_, response) => response.end('secret of the machine'), '127.0.0.5')
    const server = await redirecting(`${other.base}/b`)
    const { resolve } = resolverOf({ 'files.test': ['127.0.0.1'] })
    const client = clientFor(['http://127.0.0.1:9'], { resolve })
    const learnedFrom = 'http://127.0.0.1:9'
    expect(await failureOf(client, `http://files.test:${server.port}/a`, { learnedFrom })).toMatchObject(
      REFUSED,
    )
    expect(other.connections()).toBe(0)
  })
})

const certificate = makeCertificate()
if (!certificate) console.log('skipped: TLS tests, there is no openssl command to make a certificate with')

describe.runIf(certificate)('TLS', () => {
  const tls = certificate ?? { key: '', cert: '' }
  const { resolve } = resolverOf({ 'upstream.test': ['127.0.0.1'] })

  it('trusts the extra authority', async () => {
    const server = await serveHttps(tls, (_, response) => response.end('yes'))
    const base = `https://upstream.test:${server.port}`
    expect(await textOf(clientFor([base], { resolve, ca: [tls.cert] }), `${base}/a`)).toBe('yes')
  })

  it('trusts nobody else, and does not try again', async () => {
    const server = await serveHttps(tls, (_, response) => response.end('yes'))
    const base = `https://upstream.test:${server.port}`
    expect(await failureOf(clientFor([base], { resolve }), base)).toMatchObject({ code: 'UPSTREAM_FAILED' })
    expect(server.connections()).toBe(1)
    expect(server.requests).toEqual([])
  })

  it('insists on the name', async () => {
    const server = await serveHttps(tls, (_, response) => response.end('yes'))
    const error = await failureOf(clientFor([server.base], { ca: [tls.cert] }), server.base)
    expect(error).toMatchObject({
      code: 'UPSTREAM_FAILED',
      facts: { systemCode: 'ERR_TLS_CERT_ALTNAME_INVALID' },
    })
  })

  it('is not given up by a redirect to plain http, even to a listed host', async () => {
    const plain = await serveYes()
    const server = await serveHttps(tls, (_, response) => {
      response.writeHead(302, { location: `http://upstream.test:${plain.port}/b` }).end()
    })
    const base = `https://upstream.test:${server.port}`
    const allowedHosts = [`upstream.test:${plain.port}`]
    const client = clientFor([base], { resolve, ca: [tls.cert], allowedHosts })
    expect(await failureOf(client, `${base}/a`)).toMatchObject(REFUSED)
    expect(plain.connections()).toBe(0)
  })

  it('may be taken up by a redirect from plain http, and left again when the upstream is plain', async () => {
    const plain = await serveHttp((request, response) => {
      if (request.url === '/b') response.end('yes')
      else response.writeHead(302, { location: `https://upstream.test:${secure.port}/` }).end()
    })
    const secure = await serveHttps(tls, (_, response) => {
      response.writeHead(302, { location: `http://upstream.test:${plain.port}/b` }).end()
    })
    const base = `http://upstream.test:${plain.port}`
    const client = clientFor([base], { resolve, ca: [tls.cert] })
    expect(await textOf(client, `${base}/a`)).toBe('yes')
  })
})

/** A self-signed certificate for upstream.test. */
function makeCertificate(): { key: string; cert: string } | undefined {
  const directory = mkdtempSync(join(tmpdir(), 'sallyport-tls-'))
  const [key, cert] = [join(directory, 'key.pem'), join(directory, 'cert.pem')]
  const request = [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-days',
    '2',
  ]
  const subject = ['-subj', '/CN=upstream.test', '-addext', 'subjectAltName=DNS:upstream.test']
  try {
    execFileSync('openssl', [...request, ...subject, '-keyout', key, '-out', cert], { stdio: 'pipe' })
    return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') }
  } catch {
    return undefined
  }
}
