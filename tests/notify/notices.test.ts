// Notices from a served artifact's revocation to a receiver: shape, signature, retries, and what is never said.
import { createHmac } from 'node:crypto'
import { type AddressInfo, createServer as createSocketServer } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { configFrom } from '../../src/config/load.ts'
import { createNotifier } from '../../src/notify/notifier.ts'
import { inProcessPool, openInProcess } from '../gate/in-process.ts'
import { startNpmUpstream } from '../support/npm-upstream.ts'
import { startReceiver as openReceiver } from '../support/receiver.ts'

const SECRET = 'a-secret-of-the-receiver'
const opened: { close(): Promise<unknown> | unknown }[] = []

afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close()
})

/** A receiver that is closed after the test. */
async function startReceiver(...statuses: number[]) {
  const receiver = await openReceiver(...statuses)
  opened.push(receiver)
  return receiver
}

async function eventually(what: () => boolean): Promise<void> {
  const deadline = Date.now() + 20_000
  while (!what()) {
    if (Date.now() > deadline) throw new Error('it never came true')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

async function startGateway(notifications: object) {
  const upstream = await startNpmUpstream()
  opened.push(upstream)
  await upstream.publish({ name: 'tool', version: '1.0.0' })
  const pool = inProcessPool()
  let bad = false
  const examine: typeof pool.examine = async (...asked) => {
    const evidence = await pool.examine(...asked)
    const finding = { rule: 'learnt', layer: 'malware', severity: 'critical', title: 'harmful' } as const
    return bad ? { ...evidence, findings: [finding] } : evidence
  }
  const gateway = await openInProcess({
    repositories: [{ name: 'npm', type: 'npm', upstreams: [upstream.url] }],
    config: { notifications, drift: { schedule: 'off' } },
    given: { pool: { ...pool, examine } },
  })
  opened.push(gateway)
  gateway.gateway.drift.watch()
  return {
    gateway,
    async revoke() {
      await gateway.get('/npm/tool/-/tool-1.0.0.tgz', { 'user-agent': 'victim/1' })
      bad = true
      await gateway.gateway.drift.run({ what: 'all' })
    },
  }
}

it('are signed, tried again after failures, and tell who has the bytes', { timeout: 60_000 }, async () => {
  const { got, url } = await startReceiver(500, 503)
  const channel = { name: 'ops', type: 'webhook', url: `${url}/hook/s3cret-path?key=x`, secret: SECRET }
  const { gateway, revoke } = await startGateway({
    channels: [{ ...channel, events: ['recall'] }],
    firstRetry: '10ms',
  })
  await revoke()
  await eventually(() => got.length >= 3)
  for (const { headers, body } of got) {
    const [, seconds = '', signature = ''] =
      /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers['x-sallyport-signature'])) ?? []
    expect(signature).toBe(createHmac('sha256', SECRET).update(`${seconds}.${body}`).digest('hex'))
  }
  expect(new Set(got.map(({ headers }) => headers['x-sallyport-delivery'])).size).toBe(1)
  expect(JSON.parse(got[0]?.body ?? '')).toMatchObject({
    event: 'recall',
    purl: 'pkg:npm/tool@1.0.0',
    reasons: [{ rule: 'learnt' }],
    recipients: [{ userAgent: 'victim/1', downloads: 1 }],
  })
  const { deliveries } = gateway.gateway.parts.ledger
  await eventually(() => got.length === 3)
  await gateway.gateway.drift.close()
  const [delivery] = await deliveries.list({})
  expect(delivery).toMatchObject({ status: 'delivered', attempts: 3, event: 'recall' })
})

it('are given up after so many tries, and the log names neither path nor key', {
  timeout: 60_000,
}, async () => {
  const { got, url } = await startReceiver(500, 500, 500, 500)
  const channel = { name: 'ops', type: 'slack', url: `${url}/hook/s3cret-path`, events: ['revoked'] }
  const { gateway, revoke } = await startGateway({ channels: [channel], attempts: 2, firstRetry: '10ms' })
  await revoke()
  await eventually(() => got.length === 2)
  expect(JSON.parse(got[0]?.body ?? '')).toEqual({
    text: expect.stringContaining('pkg:npm/tool@1.0.0 is blocked'),
  })
  await gateway.gateway.drift.close()
  const [delivery] = await gateway.gateway.parts.ledger.deliveries.list({})
  expect(delivery).toMatchObject({ status: 'failed', attempts: 2 })
  expect(JSON.stringify(delivery)).not.toMatch(/s3cret|hook/)
})

it('hold up no request while their receiver hangs', { timeout: 60_000 }, async () => {
  const server = createSocketServer(() => {}) // takes connections and says nothing
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const { gateway, revoke } = await startGateway({ channels: [{ name: 'ops', type: 'webhook', url }] })
  server.unref()
  await revoke()
  expect((await gateway.get('/npm/tool/-/tool-1.0.0.tgz')).status).toBe(403)
  server.close()
})

it('leave by SMTP as plain text', { timeout: 60_000 }, async () => {
  const received: string[] = []
  const server = createSocketServer((socket) => {
    let data = false
    socket.write('220 mail.test\r\n')
    socket.on('data', (chunk) => {
      for (const line of chunk.toString().split('\r\n')) {
        if (data) {
          received.push(line)
          if (line === '.') {
            data = false
            socket.write('250 taken\r\n')
          }
        } else if (/^DATA/i.test(line)) {
          data = true
          socket.write('354 go on\r\n')
        } else if (line !== '') socket.write(/^QUIT/i.test(line) ? '221 bye\r\n' : '250 mail.test\r\n')
      }
    })
    socket.on('error', () => {})
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  opened.push({ close: () => server.close() })
  const url = `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`
  const mail = {
    name: 'mail',
    type: 'email',
    url,
    from: 'gate@acme.test',
    to: ['ops@acme.test'],
    events: ['recall'],
  }
  const { revoke } = await startGateway({ channels: [mail] })
  await revoke()
  await eventually(() => received.includes('.'))
  const text = received.join('\n').replaceAll('=\n', '')
  expect(text).toContain('To: ops@acme.test')
  expect(text).toMatch(/Subject: \[sallyport\] recall: pkg:npm\/tool/)
  expect(text).toContain('victim/1')
})

it('are asked for by a configuration that is checked', async () => {
  const refused = (notifications: object) =>
    configFrom(
      { repositories: [{ name: 'npm', type: 'npm', upstreams: ['http://upstream.test'] }], notifications },
      {
        origin: 'test',
        directory: '/tmp',
      },
    ).then(
      () => 'taken',
      (error) => String(error),
    )
  const channels = (...all: object[]) => refused({ channels: all })
  const hook = { name: 'a', type: 'webhook', url: 'https://hooks.test/x' }
  expect(await channels(hook)).toBe('taken')
  expect(await channels(hook, hook)).toContain('"a" is used twice')
  expect(await channels({ ...hook, url: 'smtp://x' })).toContain(
    'notifications.channels.a.url: is not allowed for webhook',
  )
  expect(await channels({ ...hook, type: 'email', url: 'smtp://mail.test' })).toContain(
    'an e-mail needs "from" and "to"',
  )
  expect(await channels({ ...hook, events: ['reboked'] })).toContain(
    '"reboked" is not one of "held-for-review"',
  )
  const short = await channels({ ...hook, secret: 'short-secret' })
  expect(short).toContain('secret')
  expect(short).not.toContain('short-secret')
})

it('of a channel that is gone are not sent', async () => {
  const updates: object[] = []
  const notifier = createNotifier({
    deliveries: {
      add: async () => {},
      due: async () => [
        {
          ...{ id: 1, channel: 'gone', event: 'recall', subject: 's', body: '{}', createdAt: '', nextAt: '' },
          ...{ status: 'waiting', attempts: 0 },
        },
      ],
      update: async (_, change) => void updates.push(change),
      list: async () => [],
      drop: async () => {},
    },
    config: { channels: [], attempts: 3, firstRetryMs: 1, keepMs: 1 },
    now: () => new Date(),
    failed: () => {},
  })
  await notifier.round()
  expect(updates).toMatchObject([{ status: 'failed', error: 'the channel is not configured any more' }])
  await notifier.close()
})
