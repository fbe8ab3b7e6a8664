// proxpi and devpi, the usual caching indexes in Python, at pinned versions, in front of the same upstream.
import { existsSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { freePort } from '../../tests/support/gateway.ts'
import { type RunningServer, startServer } from '../support/processes.ts'
import { CACHE } from './material.ts'

/** A server with a simple index. */
export interface IndexServer extends RunningServer {
  /** Path of the simple index, with `/` at both ends. */
  readonly indexPath: string
}

const PROXPI = ['proxpi==1.3.1', 'gunicorn==27.0.1']
const DEVPI = ['devpi-server==6.20.3']

export async function startProxpi(folder: string, upstreamIndex: string): Promise<IndexServer> {
  const installed = await install('proxpi-1.3.1', PROXPI)
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  await mkdir(join(folder, 'cache'), { recursive: true })
  // As its container starts it, with threads for as many clients as ask here.
  const options = ['--preload', '--threads', '16', '--timeout', '300', '--bind', `127.0.0.1:${port}`]
  const server = await startServer(
    'proxpi',
    [join(installed, 'bin/python'), '-m', 'gunicorn', ...options, 'proxpi.server:app'],
    {
      url,
      probe: '/health',
      cwd: folder,
      env: {
        PATH: process.env['PATH'],
        PROXPI_INDEX_URL: `${upstreamIndex}/`,
        PROXPI_CACHE_DIR: join(folder, 'cache'),
        // Otherwise it redirects slow first requests to the upstream.
        PROXPI_DOWNLOAD_TIMEOUT: '120',
        PROXPI_LOGGING_LEVEL: 'ERROR',
      },
    },
  )
  return { ...server, indexPath: '/index/' }
}

export async function startDevpi(folder: string, upstreamIndex: string): Promise<IndexServer> {
  const installed = await install('devpi-6.20.3', DEVPI)
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const data = join(folder, 'data')
  await mkdir(folder, { recursive: true })
  await execa(join(installed, 'bin/devpi-init'), [
    '--serverdir',
    data,
    '--no-root-pypi',
    '--root-passwd',
    'bench',
  ])
  const server = await startServer(
    'devpi',
    [join(installed, 'bin/devpi-server'), '--serverdir', data, '--host', '127.0.0.1', '--port', String(port)],
    { url, probe: '/+api', cwd: folder },
  )
  await createMirror(url, upstreamIndex)
  return { ...server, indexPath: '/root/mirror/+simple/' }
}

/** An index of type mirror, over devpi's own HTTP interface. */
async function createMirror(url: string, upstreamIndex: string): Promise<void> {
  const login = await fetch(`${url}/+login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({ user: 'root', password: 'bench' }),
  })
  const { result } = (await login.json()) as { result: { password: string } }
  const token = Buffer.from(`root:${result.password}`).toString('base64')
  const made = await fetch(`${url}/root/mirror`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json', accept: 'application/json', 'x-devpi-auth': token },
    body: JSON.stringify({
      type: 'mirror',
      mirror_url: `${upstreamIndex}/`,
      mirror_cache_expiry: 3600,
      mirror_no_project_list: true,
    }),
  })
  if (!made.ok) throw new Error(`devpi made no mirror: ${await made.text()}`)
}

/** Scripts name the folder they were made in, so it is made in place; the mark at the end says that it is whole. */
async function install(name: string, requirements: readonly string[]): Promise<string> {
  const folder = join(CACHE, name)
  const mark = join(folder, '.complete')
  if (existsSync(mark)) return folder
  await rm(folder, { recursive: true, force: true })
  await mkdir(CACHE, { recursive: true })
  await execa('python3', ['-m', 'venv', folder])
  await execa(join(folder, 'bin/python'), ['-m', 'pip', 'install', '--quiet', ...requirements])
  await writeFile(mark, '')
  return folder
}
