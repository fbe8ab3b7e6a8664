// Real packages of the real registry through the gate, with every client; skipped, and said so, when no registry answers.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openLedger } from '../../src/storage/all.ts'
import { expectSuccess } from '../clients/npm-suite.ts'
import { client, skip } from '../support/clients.ts'
import { type GatewayProcess, startGateway } from '../support/gateway.ts'
import { answeringNpmRegistry } from '../support/machine.ts'
import { createNpmProject, type NpmProject } from '../support/npm-project.ts'

const registry = answeringNpmRegistry()
if (registry === undefined) skip("live npm tests: this machine's npm registry does not answer")

const TOOLS = ['typescript', 'vite', 'eslint', 'vitest']
const SMALL = ['express', '@sindresorhus/is']

describe.skipIf(registry === undefined)('the real npm registry', () => {
  const data = mkdtempSync(join(tmpdir(), 'sallyport-live-'))
  const projects: NpmProject[] = []
  let gateway: GatewayProcess

  beforeAll(async () => {
    gateway = await startGateway({
      dataDirectory: data,
      // Without upstreams, so that the machine's own npm configuration is discovered.
      config: { repositories: [{ name: 'npm', type: 'npm' }] },
      environment: { HOME: process.env['HOME'] ?? '' },
    })
  })

  afterAll(async () => {
    for (const project of projects) await project.remove()
    await gateway?.stop()
    rmSync(data, { recursive: true, force: true })
  })

  async function project(name: string, at = gateway.npm): Promise<NpmProject | undefined> {
    const found = client(name)
    if (found === undefined) return undefined
    const made = await createNpmProject(found, at)
    projects.push(made)
    return made
  }

  it.each(['npm', 'npm-11', 'pnpm', 'yarn-1', 'yarn-berry', 'bun'])(
    '%s installs a web framework and a scoped package',
    { timeout: 180_000 },
    async (name) => {
      const app = await project(name)
      if (app === undefined) return
      expectSuccess(await app.add(...SMALL))
      expect(await app.installed('express')).toMatch(/^\d/)
      expectSuccess(await app.frozen())
      expect(await app.installed('@sindresorhus/is')).toMatch(/^\d/)
    },
  )

  it.each(['npm-machine', 'pnpm'])('%s installs a tool chain', { timeout: 240_000 }, async (name) => {
    const app = await project(name)
    if (app === undefined) return
    expectSuccess(await app.add(...TOOLS))
    for (const tool of TOOLS) expect(await app.installed(tool)).toMatch(/^\d/)
  })

  it('npm installs from a lockfile that the registry itself made', { timeout: 240_000 }, async () => {
    const app = await project('npm', registry)
    if (app === undefined) return
    // Two days ago: what is younger than a day would rightly be held.
    const before = new Date(Date.now() - 2 * 86_400_000).toISOString()
    expectSuccess(await app.run('install', '--package-lock-only', `--before=${before}`, ...SMALL, 'vite'))
    await app.configure(gateway.npm)
    await app.editLockfile((text) => text.replaceAll(registry ?? '', gateway.npm))
    expectSuccess(await app.frozen())
    expect(await app.installed('express')).toMatch(/^\d/)
  })

  it('npm finds the same signatures through the gate as without it', { timeout: 180_000 }, async () => {
    const ends: number[] = []
    for (const at of [registry ?? '', gateway.npm]) {
      const app = await project('npm', at)
      if (app === undefined) return
      expectSuccess(await app.add('is-number@7.0.0'))
      ends.push((await app.run('audit', 'signatures')).code)
    }
    expect(ends[1]).toBe(ends[0])
  })

  it('npm asks its other questions', { timeout: 60_000 }, async () => {
    const app = await project('npm')
    if (app === undefined) return
    expectSuccess(await app.run('ping'))
    expect((await app.run('view', 'express', 'dist-tags.latest')).output.trim()).toMatch(/^\d+\.\d+\.\d+$/)
    expect((await app.run('dist-tag', 'ls', 'express')).output).toMatch(/^latest: /m)
    expect((await app.run('publish')).code).not.toBe(0)
  })

  it('had a verdict in the ledger before each of all these downloads', async () => {
    await gateway.stop() // writes what waits
    const ledger = await openLedger(`sqlite:${data}/ledger.sqlite`)
    const downloads = await ledger.downloads({ repository: 'npm', limit: 100_000 })
    expect(downloads.length).toBeGreaterThan(0)
    for (const { path, sha256, at } of downloads) {
      const history = await ledger.verdictHistory('npm', path)
      const before = history.filter((verdict) => verdict.sha256 === sha256 && verdict.decidedAt <= at)
      expect(
        before.some(({ outcome }) => outcome === 'approved'),
        path,
      ).toBe(true)
    }
    await ledger.close()
  })
})
