// `serve`: runs the gateway until it is told to end.
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { mintToken } from '../access/token.ts'
import type { Config } from '../config/config.ts'
import { createGateway, type Gateway } from '../gateway.ts'
import { type Listener, listen } from '../http/listen.ts'
import { createLog, type Log } from '../telemetry/log.ts'
import { createMetrics } from '../telemetry/metrics.ts'
import { CONFIG_OPTION, parseArguments, usageOf } from './arguments.ts'
import { openAuditedLedger } from './audited.ts'
import { type Command, type CommandIo, EXIT_DONE } from './command.ts'
import { configOf } from './machine.ts'
import { version } from './version.ts'

const OPTIONS = { config: CONFIG_OPTION } as const
const SWEEP_EVERY_MS = 6 * 3_600_000
const CHECKPOINT_EVERY_MS = 3_600_000

export const serve: Command = {
  name: 'serve',
  summary: 'run the gateway',
  usage: usageOf({ name: 'serve', about: 'Runs the gateway until SIGINT or SIGTERM.', options: OPTIONS }),
  async run(args, io) {
    const { values } = parseArguments(args, OPTIONS)
    const config = await configOf(values.config, io)
    const log = createLog(config.log, (line) => io.stdout.write(line))
    await firstAdminToken(config, io)
    const gateway = await createGateway(config, { log, metrics: createMetrics(version()) })
    // What runs by now would keep the process alive behind an error.
    const listener = await listenAs(config, gateway).catch(async (thrown) => {
      await gateway.close()
      throw thrown
    })
    const sweep = () => gateway.sweep().catch((error) => log.error({ error }, 'sweep failed'))
    void sweep()
    const sweeper = setInterval(sweep, SWEEP_EVERY_MS)
    const checkpoint = () =>
      gateway.checkpoint().catch((error) => log.error({ error }, 'audit checkpoint failed'))
    const checkpoints = setInterval(checkpoint, CHECKPOINT_EVERY_MS)
    gateway.drift.watch()
    announce(config, listener, io, log)
    if (!io.signal.aborted) await once(io.signal, 'abort')
    clearInterval(sweeper)
    clearInterval(checkpoints)
    await listener.close()
    await checkpoint()
    await gateway.close()
    return EXIT_DONE
  },
}

async function listenAs(
  { listen: { tls, host, port }, publicUrl }: Config,
  gateway: Gateway,
): Promise<Listener> {
  const certificates = tls === undefined ? {} : { tls: { ...tls, ...(await readPem(tls)) } }
  return listen(gateway, { host, port, publicUrl, ...certificates })
}

/** Made once in the life of a ledger, so that somebody can make the others. */
async function firstAdminToken(config: Config, io: CommandIo): Promise<void> {
  const ledger = await openAuditedLedger(config)
  try {
    if ((await ledger.tokens.list()).length > 0) return
    const wish = { label: 'first-admin', role: 'admin', repositories: ['*'] } as const
    const { token, stored, fact } = mintToken(wish, 'gateway', new Date())
    await ledger.tokens.add(stored, fact)
    io.stderr.write(`admin token, shown only this once: ${token}\n`)
  } finally {
    await ledger.close()
  }
}

async function readPem(tls: {
  certificate: string
  key: string
}): Promise<{ certificate: string; key: string }> {
  return { certificate: await readFile(tls.certificate, 'utf8'), key: await readFile(tls.key, 'utf8') }
}

function announce(config: Config, listener: Listener, io: CommandIo, log: Log): void {
  const repositories = config.repositories.map(({ mount, type, upstreams }) => ({
    type,
    url: `${config.publicUrl}${mount}`,
    upstreams: upstreams.map(({ url }) => url),
  }))
  log.info(
    { port: listener.port, configuration: config.origin, policy: config.policy, repositories },
    'ready',
  )
  if (!io.isTTY) return
  for (const { type, url } of repositories) io.stderr.write(`${type.padEnd(5)} ${url}\n`)
  io.stderr.write('sallyport setup CLIENT prints the lines for a client\n')
}
