// `npm run bench:npm`: Sallyport beside nginx and Verdaccio, over a loopback upstream that replays real packages.
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { startGateway } from '../../tests/support/gateway.ts'
import { measureFirstRequests } from './first-requests.ts'
import { measureInstalls } from './install.ts'
import { AS_SHIPPED, startUpstream, targets } from './material.ts'
import { startVerdaccio } from './verdaccio.ts'
import { measureWarm } from './warm.ts'

const short = process.argv.includes('--short')
const only = process.argv.find((argument) => argument.startsWith('--only='))?.slice('--only='.length)
const rounds = short ? 1 : 3
const seconds = short ? 1 : 2
const wanted = (part: string) => only === undefined || only === part

const folder = await mkdtemp(join(tmpdir(), 'sallyport-bench-'))
for (const name of ['nginx', 'verdaccio']) await mkdir(join(folder, name))
const upstream = await startUpstream()
const verdaccio = await startVerdaccio(join(folder, 'verdaccio'), upstream.url)
console.log(
  `${cpus().length} x ${cpus()[0]?.model}, Node ${process.versions.node}, ${rounds} round(s) of ${seconds} s, medians`,
)

try {
  if (wanted('warm')) await warm()
  if (wanted('first')) await measureFirstRequests(upstream.url)
  if (wanted('install')) await measureInstalls({ upstream: upstream.url, verdaccio, rounds })
} finally {
  await verdaccio.stop()
  await upstream.close()
  await rm(folder, { recursive: true, force: true })
}

async function warm(): Promise<void> {
  const gateway = await startGateway({ npm: upstream.url, config: AS_SHIPPED })
  try {
    await measureWarm({
      gateway: { ...gateway, name: 'sallyport' },
      verdaccio,
      folder: join(folder, 'nginx'),
      targets: short ? targets().filter(({ label }) => !/^large|^60 MB/.test(label)) : targets(),
      rounds,
      seconds,
    })
  } finally {
    await gateway.stop()
  }
}
