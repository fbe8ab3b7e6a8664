// TLS material is checked before anything listens; credentials are known to the code and printed by nothing.
import { execFileSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { configFrom } from '../../src/config/load.ts'

const NPM = { name: 'npm', type: 'npm', upstreams: ['https://upstream.test/npm/'] }

function fromDocument(document: unknown, directory = tmpdir()) {
  return configFrom(document, { origin: 'test', directory })
}

async function problemsOf(document: unknown): Promise<string> {
  const refused = await fromDocument(document).catch((error: unknown) => error)
  expect(refused).toMatchObject({ code: 'CONFIG_INVALID' })
  return refused instanceof Error ? refused.message : ''
}

describe('TLS', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tls-'))
  for (const name of ['a', 'b']) {
    execFileSync(
      'openssl',
      [
        ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'],
        ...[
          '-subj',
          '/CN=gateway.test',
          '-keyout',
          join(folder, `${name}.key`),
          '-out',
          join(folder, `${name}.crt`),
        ],
      ],
      { stdio: 'ignore' },
    )
  }
  const listen = (certificate: string, key: string) => ({
    listen: { tls: { certificate, key } },
    repositories: [NPM],
  })

  it('takes a certificate and its key, relative to the file', async () => {
    const config = await fromDocument(listen('a.crt', 'a.key'), folder)
    expect(config.listen.tls).toEqual({ certificate: join(folder, 'a.crt'), key: join(folder, 'a.key') })
    expect(config.publicUrl).toBe('https://localhost:8080')
  })

  it.each([
    ["another certificate's key", 'b.key', /does not belong to/],
    ['something that is no key', 'a.crt', /not a PEM certificate and its key/],
  ])('refuses %s', async (_what, key, message) => {
    await expect(fromDocument(listen('a.crt', key), folder)).rejects.toThrow(message)
  })
})

describe('credentials', () => {
  const document = {
    ledger: 'postgres://keeper:hunter2@127.0.0.1/sallyport',
    signing: { passphrase: 'hunter2' },
    repositories: [
      { ...NPM, upstreams: ['https://alice:hunter2@upstream.test/npm/'] },
      {
        name: 'b',
        type: 'npm',
        upstreams: [{ url: 'http://upstream.test', username: 'bob', password: 'hunter2' }],
      },
    ],
  }

  it('are known to the code and printed by nothing', async () => {
    const config = await fromDocument(document)
    const [first, second] = config.repositories
    expect(first?.upstreams[0]?.url).toBe('https://upstream.test/npm')
    expect(first?.upstreams[0]?.authorization?.reveal()).toBe(`Basic ${btoa('alice:hunter2')}`)
    expect(second?.upstreams[0]?.authorization?.reveal()).toBe(`Basic ${btoa('bob:hunter2')}`)
    expect(config.ledger.reveal()).toContain('hunter2')
    const printed = [
      JSON.stringify(config),
      inspect(config, { depth: 9 }),
      String(config.ledger),
      `${config.blobs}`,
    ]
    for (const text of printed) expect(text).not.toMatch(/hunter2|aHVudGVyMg/)
  })

  it('are not repeated by a complaint', async () => {
    const upstreams = [
      'ftp://alice:hunter2@upstream.test/',
      { url: 'http://upstream.test', token: ['hunter2'] },
    ]
    expect(await problemsOf({ repositories: [{ ...NPM, upstreams }] })).not.toContain('hunter2')
  })
})
