// `npm run bench:pypi`: Sallyport beside nginx, proxpi and devpi, over a loopback upstream that replays real packages.
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { startGateway } from '../../tests/support/gateway.ts'
import { INSTALLERS, measureInstalls } from './install.ts'
import { startUpstream, targets } from './material.ts'
import { startDevpi, startProxpi } from './peers.ts'
import { measureWarm } from './warm.ts'

const short = process.argv.includes('--short')
const only = option('only')
const installer = option('installer')
const installers = INSTALLERS.filter((name) => installer === undefined || name === installer)
if (installers.length === 0) throw new Error(`--installer is one of ${INSTALLERS.join(' and ')}`)
const rounds = short ? 1 : 3
const seconds = short ? 1 : 2
const wanted = (part: string) => only === undefined || only === part

const folder = await mkdtemp(join(tmpdir(), 'sallyport-bench-'))
for (const name of ['nginx', 'proxpi', 'devpi']) await mkdir(join(folder, name))
const upstream = await startUpstream()
const peers = [
  await startProxpi(join(folder, 'proxpi'), upstream.index),
  await startDevpi(join(folder, 'devpi'), upstream.index),
]
console.log(
  `${cpus().length} x ${cpus()[0]?.model}, Node ${process.versions.node}, ${rounds} round(s) of ${seconds} s, medians`,
)

try {
  if (wanted('warm')) await warm()
  if (wanted('install')) await measureInstalls({ upstream, peers, rounds, installers })
} finally {
  for (const peer of peers) await peer.stop()
  await upstream.close()
  await rm(folder, { recursive: true, force: true })
}

function option(name: string): string | undefined {
  const start = `--${name}=`
  return process.argv.find((argument) => argument.startsWith(start))?.slice(start.length)
}

async function warm(): Promise<void> {
  const gateway = await startGateway({
    config: {
      repositories: [{ name: 'pypi', type: 'pypi', upstreams: [upstream.index] }],
      log: { level: 'warn' },
    },
  })
  try {
    await measureWarm({
      gateway: { ...gateway, name: 'sallyport', indexPath: '/pypi/simple/' },
      peers,
      folder: join(folder, 'nginx'),
      targets: targets(),
      rounds,
      seconds,
    })
  } finally {
    await gateway.stop()
  }
}
