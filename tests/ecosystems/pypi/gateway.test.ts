// A PyPI repository as a client meets it: a running gateway, an upstream whose files lie on another port, and what goes wrong there.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type GatewayProcess, startGateway } from '../../support/gateway.ts'
import { startupRelease } from '../../support/inert-python-malware.ts'
import { buildSdist, sha256 } from '../../support/pypi-packages.ts'
import { JSON_PAGE, type PypiUpstream, startPypiUpstream } from '../../support/pypi-upstream.ts'
import { type RawAnswer, rawRequest } from '../../support/raw-request.ts'

const WHEEL = 'honest-1.0-py3-none-any.whl'

describe('a PyPI repository', () => {
  let upstream: PypiUpstream
  let gateway: GatewayProcess

  beforeAll(async () => {
    upstream = await startPypiUpstream()
    await upstream.publish({ name: 'honest', version: '1.0' })
    await upstream.publish(startupRelease('mixed', '1.0'))
    upstream.publishFile('mixed', '1.0', await buildSdist({ name: 'mixed', version: '1.0.0' }))
    await upstream.publish({ name: 'mixed', version: '0.9' })
    gateway = await startGateway({
      config: {
        repositories: [{ name: 'pypi', type: 'pypi', upstreams: [upstream.url] }],
        limits: { indexFresh: '0s', indexStale: '0s', notFound: '0s' },
      },
    })
  })

  afterAll(async () => {
    await gateway?.stop()
    await upstream?.close()
  })

  const ask = (path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<RawAnswer> =>
    rawRequest(gateway.url, `/pypi/${path}`, { headers, method })

  async function filesOf(project: string): Promise<Record<string, unknown>> {
    const page = JSON.parse((await ask(`simple/${project}/`, { accept: JSON_PAGE })).body.toString('utf8'))
    return Object.fromEntries(
      page.files.map((file: { filename: string; yanked: unknown }) => [file.filename, file.yanked]),
    )
  }

  it.each([
    ['nothing', {}, 'text/html'],
    ['anything', { accept: '*/*' }, 'text/html'],
    ['what browsers say', { accept: 'text/html,application/xhtml+xml;q=0.9,*/*;q=0.8' }, 'text/html'],
    [
      'what pip says',
      { accept: `${JSON_PAGE}, application/vnd.pypi.simple.v1+html; q=0.1, text/html; q=0.01` },
      JSON_PAGE,
    ],
    ['the latest version', { accept: 'application/vnd.pypi.simple.latest+json' }, JSON_PAGE],
    [
      'the newer HTML',
      { accept: 'application/vnd.pypi.simple.v1+html' },
      'application/vnd.pypi.simple.v1+html',
    ],
    ['something else', { accept: 'image/png' }, 'text/html'],
  ])('answers a client that accepts %s with a type it knows', async (_what, headers, type) => {
    const answer = await ask('simple/honest/', headers)
    expect(answer.status).toBe(200)
    expect(answer.headers['content-type']).toBe(type)
    expect(answer.headers['vary']).toContain('Accept')
    const again = await ask('simple/honest/', { ...headers, 'if-none-match': String(answer.headers['etag']) })
    expect(again.status).toBe(304)
  })

  it('has another validator for each form', async () => {
    const types = [JSON_PAGE, 'text/html', 'application/vnd.pypi.simple.v1+html']
    const tags = await Promise.all(
      types.map(async (accept) => (await ask('simple/honest/', { accept })).headers['etag']),
    )
    expect(new Set(tags).size).toBe(3)
  })

  it('redirects other spellings, and says what it does not do', async () => {
    const moved = await ask('simple/Honest')
    expect([moved.status, moved.headers['location']]).toEqual([301, `${gateway.url}/pypi/simple/honest/`])
    const upload = await ask('legacy', {}, 'POST')
    expect([upload.status, upload.body.toString('utf8')]).toEqual([405, expect.stringContaining('read-only')])
    expect((await ask('simple/missing/')).status).toBe(404)
    expect((await ask('simple/')).body.toString('utf8')).toContain('<a href="honest/">')
  })

  it('serves ranges of a file from the stored copy, after examination', async () => {
    const whole = await ask(`files/honest/${WHEEL}`)
    expect(whole.status).toBe(200)
    expect(whole.headers['etag']).toBe(`"${sha256(whole.body)}"`)
    const part = await ask(`files/honest/${WHEEL}`, {
      range: 'bytes=10-19',
      'if-range': `"${sha256(whole.body)}"`,
    })
    expect(part.status).toBe(206)
    expect(part.body.equals(whole.body.subarray(10, 20))).toBe(true)
    const head = await ask(`files/honest/${WHEEL}`, {}, 'HEAD')
    expect([head.status, head.headers['content-length']]).toEqual([200, String(whole.body.byteLength)])
    expect(upstream.files.requestsOf(`/files/honest/${WHEEL}`)).toHaveLength(1)
  })

  it('refuses the sdist of a version whose wheel is blocked, on the page and at the door', async () => {
    expect(await filesOf('mixed')).toMatchObject({ 'mixed-1.0.0.tar.gz': false })
    expect((await ask('files/mixed/mixed-1.0.0.tar.gz')).status).toBe(200)
    const wheel = await ask('files/mixed/mixed-1.0-py3-none-any.whl')
    expect(wheel.status).toBe(403)
    expect(await filesOf('mixed')).toMatchObject({
      'mixed-1.0-py3-none-any.whl': expect.stringMatching(/^Blocked by policy: /),
      'mixed-1.0.0.tar.gz': expect.stringMatching(/^Blocked by policy: a wheel of this version is refused/),
      'mixed-0.9-py3-none-any.whl': false,
    })
    const sdist = await ask('files/mixed/mixed-1.0.0.tar.gz')
    expect([sdist.status, sdist.phrase]).toEqual([
      403,
      expect.stringContaining('a wheel of this version is refused'),
    ])
  })

  it('refuses a sidecar whose bytes are not what the index promised', async () => {
    const [file] = await upstream.publish({ name: 'swapped', version: '1.0', as: ['py3-none-any'] })
    upstream.swapFile(
      `${file?.filename}.metadata`,
      Buffer.from('Metadata-Version: 2.1\nName: swapped\nVersion: 1.0\n'),
    )
    const answer = await ask(`files/swapped/${file?.filename}.metadata`)
    expect([502, 403]).toContain(answer.status)
    expect(answer.headers['content-type']).toBe('application/problem+json')
  })

  it('refuses a file that changed upstream, and one whose promise changed with it', async () => {
    const [file] = await upstream.publish({ name: 'changing', version: '1.0', as: ['py3-none-any'] })
    if (file === undefined) throw new Error('nothing was published')
    upstream.swapFile(file.filename, Buffer.concat([file.bytes, Buffer.from('more')]))
    expect((await ask(`files/changing/${file.filename}`)).status).not.toBe(200)
    upstream.swapFile(file.filename, file.bytes)
    const [known] = await upstream.publish({ name: 'replaced', version: '1.0', as: ['py3-none-any'] })
    expect((await ask(`files/replaced/${known?.filename}`)).status).toBe(200)
    upstream.withdraw('replaced')
    await upstream.publish({
      name: 'replaced',
      version: '1.0',
      as: ['py3-none-any'],
      files: { 'replaced/x.py': 'x = 1\n' },
    })
    await ask('simple/replaced/')
    const other = await ask(`files/replaced/${known?.filename}`)
    expect([other.status, other.phrase]).toEqual([403, expect.stringContaining('changed upstream')])
  })

  it('passes provenance and older JSON on, with its own addresses', async () => {
    const provenance = `${upstream.index.url}/integrity/extra/1.0/extra-1.0.tar.gz/provenance`
    const [file] = await upstream.publish({
      name: 'extra',
      version: '1.0',
      as: ['sdist'],
      entry: { provenance },
    })
    const object = Buffer.from('{"version":1,"attestation_bundles":[]}')
    upstream.put(new URL(provenance).pathname, { body: object, contentType: 'application/json' })
    const urls = [
      { filename: file?.filename, digests: { sha256: file?.sha256 }, url: 'https://upstream.test/x' },
    ]
    const legacy = { info: { name: 'extra', version: '1.0' }, releases: { '1.0': urls }, urls }
    upstream.put('/pypi/extra/json', {
      body: Buffer.from(JSON.stringify(legacy)),
      contentType: 'application/json',
    })
    const page = JSON.parse((await ask('simple/extra/', { accept: JSON_PAGE })).body.toString('utf8'))
    const passed = await ask(page.files[0].provenance.slice(`${gateway.url}/pypi/`.length))
    expect(passed.body.equals(object)).toBe(true)
    const older = JSON.parse((await ask('extra/json')).body.toString('utf8'))
    expect(older.urls[0].url).toBe(`${gateway.url}/pypi/files/extra/extra-1.0.tar.gz`)
    expect((await ask('extra/9.9/json')).status).toBe(404)
  })
})
