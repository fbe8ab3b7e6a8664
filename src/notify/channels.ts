// How one notice leaves by one channel. A channel throws when it was not taken.
import { createHmac } from 'node:crypto'
import { createTransport } from 'nodemailer'
import type { ChannelConfig } from '../config/drift.ts'
import { createUpstreamClient } from '../upstream/client.ts'
import type { UpstreamClient } from '../upstream/upstream.ts'
import { type Notice, noticeText } from './notice.ts'

export interface Channel {
  readonly config: ChannelConfig
  /** `id` is the delivery's: the same in each try, so that a receiver can tell repetitions. */
  send(notice: Notice, id: number, at: Date): Promise<void>
  close(): Promise<void>
}

const MAX_ANSWER_BYTES = 64 * 1024
const TIMEOUT_MS = 15_000
/** Slack cuts longer texts. */
const MAX_TEXT = 3_500

export function openChannel(config: ChannelConfig): Channel {
  switch (config.type) {
    case 'webhook':
      return overHttp(config, (notice, id) => JSON.stringify({ id, ...notice }))
    case 'slack':
      return overHttp(config, (notice) => JSON.stringify({ text: slackText(notice) }))
    case 'email':
      return overSmtp(config)
  }
}

function overHttp(config: ChannelConfig, bodyOf: (notice: Notice, id: number) => string): Channel {
  const url = config.url.reveal()
  const client = createUpstreamClient({
    // The only host that this client may reach; redirects do not lead away from it.
    upstreams: [{ base: new URL(url).origin }],
    connectMs: TIMEOUT_MS,
    headersMs: TIMEOUT_MS,
    bodyMs: TIMEOUT_MS,
    totalMs: 2 * TIMEOUT_MS,
    retries: 0, // the delivery log tries again
    maxRedirects: 0,
    connections: 2,
  })
  return {
    config,
    async send(notice, id, at) {
      const body = bodyOf(notice, id)
      const headers = {
        'content-type': 'application/json',
        'x-sallyport-event': notice.event,
        'x-sallyport-delivery': String(id),
        ...(config.secret === undefined
          ? {}
          : { 'x-sallyport-signature': signatureOf(body, config.secret.reveal(), at) }),
      }
      await post(client, url, headers, body)
    },
    close: () => client.close(),
  }
}

async function post(
  client: UpstreamClient,
  url: string,
  headers: Readonly<Record<string, string>>,
  text: string,
): Promise<void> {
  const body = new TextEncoder().encode(text)
  const answer = await client.request({ url, method: 'POST', headers, body, maxBytes: MAX_ANSWER_BYTES })
  for await (const _ of answer.body); // read to its end, so that the connection can be used again
}

/** `t=<unix seconds>,v1=<hex>`: HMAC-SHA-256 over `<t>.<body>`, so that an old delivery cannot be sent again as a new one. */
export function signatureOf(body: string, secret: string, at: Date): string {
  const seconds = Math.floor(at.getTime() / 1000)
  return `t=${seconds},v1=${createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')}`
}

/** Slack's three reserved characters are written as entities; nothing in a package's name becomes a mention or a link. */
function slackText(notice: Notice): string {
  const text = noticeText(notice)
  const cut = text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}...` : text
  return cut.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

function overSmtp(config: ChannelConfig): Channel {
  const transport = createTransport({
    url: config.url.reveal(),
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: 2 * TIMEOUT_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  return {
    config,
    async send(notice) {
      await transport.sendMail({
        from: config.from,
        to: [...config.to],
        subject: `[sallyport] ${notice.event}: ${notice.subject}`.slice(0, 200),
        text: noticeText(notice),
      })
    },
    close: async () => transport.close(),
  }
}
