// apt-cacher-ng, the usual caching proxy for APT, with a configuration and a cache of its own.
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { freePort } from '../../tests/support/gateway.ts'
import { type RunningServer, startServer } from '../support/processes.ts'

const PROGRAM = '/usr/sbin/apt-cacher-ng'

export function cacherInstalled(): boolean {
  if (existsSync(PROGRAM)) return true
  console.log('apt-cacher-ng is not installed: measured without it')
  return false
}

/** Upstreams are named in the path: `<url>/<host>:<port>/<path>`. */
export async function startAptCacher(folder: string): Promise<RunningServer> {
  const port = await freePort()
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
