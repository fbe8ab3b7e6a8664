// apt-cacher-ng, the usual caching proxy for APT, with a configuration and a cache of its own.
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { type RunningServer, startServer } from '../support/processes.ts'

const PROGRAM = '/usr/sbin/apt-cacher-ng'

export function cacherInstalled(): boolean {
  if (existsSync(PROGRAM)) return true
  console.log('apt-cacher-ng is not installed: measured without it')
  return false
}

/** Upstreams are named in the path: `<url>/<host>:<port>/<path>`. */
export async function startAptCacher(folder: string): Promise<RunningServer> {
  const port = await freeLowPort()
  await mkdir(join(folder, 'conf'), { recursive: true })
  for (const name of ['cache', 'log', 'run']) await mkdir(join(folder, name))
  const settings = [
    `CacheDir: ${join(folder, 'cache')}`,
    `LogDir: ${join(folder, 'log')}`,
    `SocketPath: ${join(folder, 'run/socket')}`,
    `PidFile: ${join(folder, 'run/pid')}`,
    `Port: ${port}`,
    'BindAddress: 127.0.0.1',
    'AllowUserPorts: 0',
    'ReportPage: report.html',
    'ForeGround: 1',
    'Offlinemode: 0',
    'ExThreshold: 1',
    '',
  ]
  await writeFile(join(folder, 'conf/acng.conf'), settings.join('\n'))
  const command = [PROGRAM, '-c', join(folder, 'conf'), 'ForeGround=1']
  return startServer('apt-cacher-ng', command, {
    url: `http://127.0.0.1:${port}`,
    probe: '/report.html',
    cwd: folder,
  })
}

/** For apt-cacher-ng 3.7 and for its upstream: it keeps ports in sixteen bits with a sign, so that 34567 becomes -30969. */
export async function freeLowPort(): Promise<number> {
  for (let port = 20_000 + (process.pid % 10_000); port < 32_768; port += 1)
    if (await isFree(port)) return port
  throw new Error('no port below 32768 is free')
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
  })
}
