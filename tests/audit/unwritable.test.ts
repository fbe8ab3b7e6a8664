// An audit log that cannot be written: nothing new is approved, what was approved is served on, and readiness says so.
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { openInProcess } from '../gate/in-process.ts'
import { startNpmUpstream } from '../support/npm-upstream.ts'

const opened: { close(): Promise<unknown> }[] = []

afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close()
})

const path = (version: string) => `/npm/pkg/-/pkg-${version}.tgz`

/** No process can append to it then, not even root. */
const FAULTS = [
  ['is a folder', (log: string) => mkdirSync(log)],
  ['lies on a full disk', (log: string) => symlinkSync('/dev/full', log)], // each write is ENOSPC, see full(4)
] as const

it.each(FAULTS.filter(([what]) => !what.includes('full') || existsSync('/dev/full')))(
  'a log that %s: holds what is new with the reason, serves what was approved, heals by itself',
  async (_, spoil) => {
    const upstream = await startNpmUpstream()
    opened.push(upstream)
    await upstream.publish({ name: 'pkg', version: '1.0.0' })
    const { bytes } = await upstream.publish({ name: 'pkg', version: '1.1.0' })
    const directory = mkdtempSync(join(tmpdir(), 'sallyport-unwritable-'))
    const first = await openInProcess({
      repositories: [{ name: 'npm', type: 'npm', upstreams: [upstream.url] }],
      directory,
    })
    expect((await first.get(path('1.0.0'))).status).toBe(200)

    const log = join(directory, 'audit/audit.jsonl')
    renameSync(log, `${log}.kept`)
    spoil(log)
    const held = await first.get(path('1.1.0'))
    expect(held.status).toBe(503)
    expect(held.headers.get('retry-after')).toMatch(/^\d+$/)
    const body = await held.text()
    expect(body).toContain('audit log cannot be written')
    expect(body).not.toContain(bytes.toString('latin1').slice(0, 20))
    expect((await first.get(path('1.0.0'))).status).toBe(200)
    const ready = await first.get('/-/ready')
    expect(ready.status).toBe(503)
    expect(await ready.json()).toMatchObject({ problems: { audit: expect.stringContaining('audit log') } })

    // A restart forgets what was remembered in memory: what is on record is still served, what is not still is held.
    const second = await first.restart()
    opened.push(second)
    expect((await second.get(path('1.0.0'))).status).toBe(200)
    expect((await second.get(path('1.1.0'))).status).toBe(503)

    rmSync(log, { recursive: true })
    renameSync(`${log}.kept`, log)
    expect((await second.get('/-/ready')).status).toBe(200)
    expect((await second.get(path('1.1.0'))).status).toBe(200)
  },
)
