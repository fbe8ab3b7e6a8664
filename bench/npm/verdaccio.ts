// Verdaccio, the usual npm proxy, at a pinned version, in front of the same upstream.
import { existsSync, mkdtempSync, renameSync, writeFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { freePort } from '../../tests/support/gateway.ts'
import { type RunningServer, startServer } from '../support/processes.ts'
import { CACHE } from './material.ts'

const VERSION = '6.10.4'

export async function startVerdaccio(folder: string, upstream: string): Promise<RunningServer> {
  const installed = await install()
  const port = await freePort()
  const configuration = join(folder, 'config.yaml')
  writeFileSync(configuration, configure(folder, upstream))
  const command = [
    process.execPath,
    join(installed, 'node_modules/verdaccio/bin/verdaccio'),
    '--config',
    configuration,
    '--listen',
    `127.0.0.1:${port}`,
  ]
  return startServer('verdaccio', command, {
    url: `http://127.0.0.1:${port}`,
    probe: '/-/ping',
    cwd: folder,
    env: { ...process.env, NODE_ENV: 'production' },
  })
}

async function install(): Promise<string> {
  const folder = join(CACHE, `verdaccio-${VERSION}`)
  if (existsSync(folder)) return folder
  await mkdir(CACHE, { recursive: true })
  const fresh = mkdtempSync(join(CACHE, '.new-'))
  // Its audit plug-in asks for the tag `node-fetch@cjs`, which registries that keep only `latest` do not have.
  const manifest = {
    private: true,
    dependencies: { verdaccio: VERSION },
    overrides: { 'node-fetch': '2.6.7' },
  }
  writeFileSync(join(fresh, 'package.json'), JSON.stringify(manifest))
  const flags = ['--no-package-lock', '--ignore-scripts', '--no-audit', '--no-fund']
  await execa('npm', ['install', ...flags], { cwd: fresh })
  renameSync(fresh, folder)
  return folder
}

function configure(folder: string, upstream: string): string {
  const access = `{ access: $all, proxy: upstream }`
  return `storage: ${folder}/storage
auth: { htpasswd: { file: ${folder}/htpasswd, max_users: -1 } }
uplinks: { upstream: { url: "${upstream}", maxage: 60m, timeout: 120s, max_fails: 1000 } }
packages: { "@*/*": ${access}, "**": ${access} }
web: { enable: false }
log: { type: stdout, format: json, level: fatal }
`
}
