// bin/sallyport: starts the project's own Node, passes exit codes and signals.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { stringify } from 'yaml'

const STARTER = join(import.meta.dirname, '../../bin/sallyport')

function start(args: readonly string[], cwd: string): { child: ChildProcess; said: () => string } {
  const child = spawn(process.execPath, [STARTER, ...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (said += chunk))
  return { child, said: () => said }
}

async function exitOf(child: ChildProcess): Promise<number | null> {
  const [code] = await once(child, 'close')
  return typeof code === 'number' ? code : null
}

function folderWith(document: unknown): string {
  const folder = mkdtempSync(join(tmpdir(), 'starter-'))
  writeFileSync(join(folder, 'sallyport.yaml'), stringify(document))
  return folder
}

it('passes output and exit code', async () => {
  const { child, said } = start(['doctor'], folderWith({ nonsense: true }))
  expect(await exitOf(child)).toBe(1)
  expect(said()).toContain('nonsense: unknown key')
})

it('ends with a reason when its port is taken, and leaves nothing running', async () => {
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  const { port } = taken.address() as AddressInfo
  const { child, said } = start(
    ['serve'],
    folderWith({
      listen: { host: '127.0.0.1', port },
      repositories: [{ name: 'npm', type: 'npm', upstreams: ['http://127.0.0.1:9'] }],
    }),
  )
  expect(await exitOf(child)).toBe(2)
  expect(said()).toContain(`cannot listen on 127.0.0.1:${port}`)
  taken.close()
})

it('passes the signal that ends a running gateway, which ends in order', async () => {
  const folder = folderWith({
    listen: { port: 0 },
    repositories: [{ name: 'npm', type: 'npm', upstreams: ['http://127.0.0.1:9'] }],
  })
  const { child, said } = start(['serve'], folder)
  const ended = exitOf(child)
  while (!said().includes('"ready"') && child.exitCode === null) await sleep(50)
  child.kill('SIGTERM')
  expect([await ended, said()]).toEqual([0, expect.stringContaining('"ready"')])
})
