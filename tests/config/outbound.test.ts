// The gateway's own way out: the document before the environment, and never a credential in a message.
import { tmpdir } from 'node:os'
import { describe, expect, it } from 'vitest'
import { configFrom } from '../../src/config/load.ts'
import { makePlace } from './place.ts'

const NPM = { name: 'npm', type: 'npm', upstreams: ['https://upstream.test/npm/'] }

async function outboundOf(outbound: unknown, environment: Record<string, string> = {}) {
  const document = { repositories: [NPM], ...(outbound === undefined ? {} : { outbound }) }
  const machine = makePlace({ environment })
  return (await configFrom(document, { origin: 'test', directory: tmpdir(), machine })).outbound
}

describe('the proxy', () => {
  it('is what the document says, before the environment', async () => {
    const environment = { https_proxy: 'http://env.test:3128' }
    expect((await outboundOf({ proxy: 'http://own.test:1' }, environment)).proxy?.reveal()).toBe(
      'http://own.test:1',
    )
    expect((await outboundOf(undefined, environment)).proxy?.reveal()).toBe('http://env.test:3128')
    expect((await outboundOf({ proxy: '' }, environment)).proxy).toBeUndefined()
    expect((await outboundOf(undefined)).proxy).toBeUndefined()
  })

  it('reads the variables as curl does', async () => {
    expect((await outboundOf(undefined, { HTTP_PROXY: 'http://a.test:1' })).proxy?.reveal()).toBe(
      'http://a.test:1',
    )
    const both = { http_proxy: 'http://a.test:1', HTTPS_PROXY: 'http://b.test:2' }
    expect((await outboundOf(undefined, both)).proxy?.reveal()).toBe('http://b.test:2')
    expect((await outboundOf(undefined, { ...both, NO_PROXY: '*' })).proxy).toBeUndefined()
  })

  it('leaves out this machine, and what the environment names with everything below it', async () => {
    const { noProxy } = await outboundOf(undefined, {
      no_proxy: '.corp.test, host.test:8443,10.0.0.0/8 192.0.2.7',
    })
    expect(noProxy).toEqual([
      'localhost',
      '127.0.0.1',
      '[::1]',
      'corp.test',
      '*.corp.test',
      'host.test:8443',
      '*.host.test:8443',
      '192.0.2.7',
    ])
  })

  it('that is none is refused without its password', async () => {
    const refused = outboundOf({ proxy: 'socks5://user:secret@proxy.test:1080' })
    await expect(refused).rejects.toThrow(/outbound\.proxy.*http:\/\/HOST:PORT/)
    await expect(refused).rejects.not.toThrow(/secret/)
  })
})

it('names a certificate file that is not there', async () => {
  await expect(outboundOf({ certificates: ['missing.pem'] })).rejects.toThrow(
    /outbound\.certificates\[0\].*missing\.pem cannot be read/,
  )
})
