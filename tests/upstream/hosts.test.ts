// Where a request may go: configured, listed and learned hosts, and the addresses behind them.
import { describe, expect, it } from 'vitest'
import { createUpstreamClient } from '../../src/upstream/client.ts'
import { assertAllowed } from '../../src/upstream/guarded-connector.ts'
import { serveHttp } from '../support/loopback.ts'
import { clientFor, failureOf, resolverOf, textOf } from '../support/upstream-clients.ts'

const REFUSED = { code: 'HOST_REFUSED' }

async function serveYes(address?: string) {
  return serveHttp((_, response) => response.end('yes'), address)
}

describe('a host', () => {
  it('that is configured may have any address', async () => {
    const server = await serveYes()
    const { resolve } = resolverOf({ 'upstream.test': ['127.0.0.1'] })
    const base = `http://upstream.test:${server.port}`
    expect(await textOf(clientFor([`${base}/npm/`], { resolve }), `${base}/elsewhere`)).toBe('yes')
  })

  it.each([
    ['nobody named', 'http://other.test/a'],
    ['has the name of a configured one within its own', 'http://upstream.test.evil.test/a'],
    ['ends like a configured one', 'http://evilupstream.test/a'],
    ['hides behind userinfo', 'http://upstream.test@evil.test/a'],
    ['is the configured one on another port', 'http://upstream.test:8080/a'],
    ['is the configured one by another scheme', 'https://upstream.test/a'],
    ['is an address', 'http://127.0.0.1/a'],
  ])('that %s is refused without a look-up', async (_, url) => {
    const { resolve, asked } = resolverOf({})
    expect(await failureOf(clientFor(['http://upstream.test'], { resolve }), url)).toMatchObject(REFUSED)
    expect(asked).toEqual([])
  })

  it.each([
    ['files.test', 'http://files.test/a', true],
    ['FILES.test', 'http://files.TEST/a', true],
    ['files.test', 'http://files.test:8080/a', false],
    ['files.test:8080', 'http://files.test:8080/a', true],
    ['files.test:8080', 'http://files.test/a', false],
    ['files.test:443', 'https://files.test/a', true],
    ['*.files.test', 'http://cdn.files.test/a', true],
    ['*.files.test', 'http://a.b.files.test/a', true],
    ['*.files.test', 'http://files.test/a', false],
    ['*.files.test', 'http://evilfiles.test/a', false],
    ['files.test', 'http://cdn.files.test/a', false],
    ['[2001:db8::1]:80', 'http://[2001:db8:0::1]/a', true],
  ])('listed as %s: is %s allowed? %s', async (pattern, url, allowed) => {
    // Allowed by name, such a host still has no public address here: the refusal then names the address, or the name has none.
    const { resolve } = resolverOf({})
    const error = await failureOf(clientFor([], { allowedHosts: [pattern], resolve, retries: 0 }), url)
    const byName = { code: 'HOST_REFUSED', facts: { host: expect.any(String) } }
    if (allowed) expect(error).not.toMatchObject(byName)
    else expect(error).toMatchObject(byName)
  })

  it.each(['*', 'a*.test', 'http://files.test', 'files.test/path', '', 'user@files.test'])(
    'cannot be listed as %j',
    (pattern) => {
      const create = () => createUpstreamClient({ upstreams: [], allowedHosts: [pattern] })
      expect(create).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }))
    },
  )

  it('can be learned', async () => {
    const server = await serveYes()
    const base = `http://127.0.0.1:${server.port}`
    const client = clientFor([base], resolverOf({}))
    const url = 'http://files.test:81/a'
    expect(await failureOf(client, url)).toMatchObject({ ...REFUSED, facts: { host: 'files.test:81' } })
    client.learnHost('Files.test:81')
    expect(await failureOf(client, url, { method: 'POST' })).not.toMatchObject({
      facts: { host: 'files.test:81' },
    })
  })
})

describe('the address of a host that is not configured', () => {
  it.each([
    '127.0.0.1',
    '10.1.2.3',
    '169.254.169.254',
    '::1',
    '::ffff:127.0.0.1',
    'fd00:ec2::254',
    '64:ff9b::7f00:1',
  ])('may not be %s', async (address) => {
    const { resolve } = resolverOf({ 'files.test': [address], 'upstream.test': ['127.0.0.9'] })
    const client = clientFor(['http://upstream.test'], { allowedHosts: ['files.test'], resolve })
    expect(await failureOf(client, 'http://files.test/a')).toMatchObject({ ...REFUSED, facts: { address } })
    const learnedFrom = 'http://upstream.test'
    expect(await failureOf(client, 'http://files.test/a', { learnedFrom })).toMatchObject(REFUSED)
  })

  it.each([
    'http://127.0.0.1/a',
    'http://0x7f.1/a',
    'http://2130706433/a',
    'http://017700000001/a',
    'http://[::1]/a',
    'http://[::ffff:7f00:1]/a',
    'http://[fe80::1]/a',
  ])('may not be private as a literal: %s', async (url) => {
    const client = clientFor(['http://192.0.2.7'])
    expect(await failureOf(client, url, { learnedFrom: 'http://192.0.2.7' })).toMatchObject(REFUSED)
  })

  it('may not be a mixture', async () => {
    const { resolve } = resolverOf({ 'files.test': ['8.8.8.8', '10.0.0.1'] })
    const client = clientFor([], { allowedHosts: ['files.test'], resolve })
    expect(await failureOf(client, 'http://files.test/a')).toMatchObject({ facts: { address: '10.0.0.1' } })
  })

  it('may be any public one, without asking who it was learned from', async () => {
    const { resolve, asked } = resolverOf({})
    const rule = { allow: 'public' as const, friends: ['upstream.test'] }
    await expect(
      assertAllowed(rule, resolve, 'files.test', ['8.8.8.8', '2606:4700::1111']),
    ).resolves.toBeUndefined()
    expect(asked).toEqual([])
  })

  it('of a redirect nobody listed may not be public, even when the upstream shares it: such addresses have many tenants', async () => {
    const { resolve } = resolverOf({ 'upstream.test': ['8.8.8.8', '10.0.0.1'] })
    const rule = { allow: 'friends' as const, friends: ['upstream.test'] }
    await expect(assertAllowed(rule, resolve, 'files.test', ['8.8.8.8'])).rejects.toMatchObject(REFUSED)
    await expect(assertAllowed(rule, resolve, 'files.test', ['10.0.0.1'])).resolves.toBeUndefined()
  })

  it('is refused before anything is sent', async () => {
    const server = await serveYes('127.0.0.2')
    const { resolve } = resolverOf({ 'files.test': ['127.0.0.2'], 'upstream.test': ['127.0.0.1'] })
    const client = clientFor(['http://upstream.test'], { resolve })
    const url = `http://files.test:${server.port}/a`
    expect(await failureOf(client, url, { learnedFrom: 'http://upstream.test' })).toMatchObject(REFUSED)
    expect(server.connections()).toBe(0)
  })

  it('may be the address of the upstream it was learned from: a mirror looks like that', async () => {
    const server = await serveYes()
    const { resolve } = resolverOf({
      'files.test': ['127.0.0.1'],
      'upstream.test': ['127.0.0.1', '127.0.0.2'],
    })
    const client = clientFor(['http://upstream.test'], { resolve })
    const learnedFrom = 'http://upstream.test'
    expect(await textOf(client, `http://files.test:${server.port}/a`, { learnedFrom })).toBe('yes')
    expect(await textOf(client, `http://127.0.0.1:${server.port}/a`, { learnedFrom })).toBe('yes')
  })

  it('may not be the address of another upstream', async () => {
    const server = await serveYes()
    const { resolve } = resolverOf({
      'files.test': ['127.0.0.1'],
      'private.test': ['127.0.0.1'],
      'public.test': ['127.0.0.3'],
    })
    const client = clientFor(['http://private.test', 'http://public.test'], { resolve })
    const url = `http://files.test:${server.port}/a`
    expect(await textOf(client, url, { learnedFrom: 'http://private.test' })).toBe('yes')
    // The connection that is open now must not serve a request under a stricter rule.
    expect(await failureOf(client, url, { learnedFrom: 'http://public.test' })).toMatchObject(REFUSED)
  })

  it('is the one that was checked: the name is not resolved again', async () => {
    const server = await serveYes()
    const asked: string[] = []
    const resolve = async (hostname: string) => {
      asked.push(hostname)
      const first = asked.filter((name) => name === hostname).length === 1
      return [{ address: first || hostname === 'upstream.test' ? '127.0.0.1' : '10.0.0.1', family: 4 }]
    }
    const client = clientFor(['http://upstream.test'], { resolve })
    const learnedFrom = 'http://upstream.test'
    expect(await textOf(client, `http://rebind.test:${server.port}/a`, { learnedFrom })).toBe('yes')
    expect(asked.filter((name) => name === 'rebind.test')).toHaveLength(1)
  })

  it('learned over plain http from an https upstream is refused', async () => {
    const client = clientFor(['https://upstream.test'])
    const learnedFrom = 'https://upstream.test'
    expect(await failureOf(client, 'http://files.test/a', { learnedFrom })).toMatchObject(REFUSED)
  })

  it('learned from something that is not configured is our own mistake', async () => {
    const error = await failureOf(clientFor([]), 'http://files.test/a', {
      learnedFrom: 'http://upstream.test',
    })
    expect(error).toMatchObject({ code: 'INTERNAL' })
  })

  it('that does not exist is unavailable', async () => {
    const { resolve } = resolverOf({})
    const error = await failureOf(clientFor(['http://upstream.test'], { resolve }), 'http://upstream.test/a')
    expect(error).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE', facts: { systemCode: 'ENOTFOUND' } })
  })
})
