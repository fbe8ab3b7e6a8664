// Real packages of the real index through the gate, with every installer; skipped, and said so, when no index answers.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openLedger } from '../../src/storage/all.ts'
import { expectSuccess } from '../clients/pypi-suite.ts'
import { client, skip } from '../support/clients.ts'
import { type GatewayProcess, startGateway } from '../support/gateway.ts'
import { answeringPypiIndex } from '../support/machine.ts'
import { createPypiProject, type PypiProject } from '../support/pypi-project.ts'

const index = answeringPypiIndex()
if (index === undefined) skip("live PyPI tests: this machine's package index does not answer")

const INSTALLERS = ['pip', 'pip-machine', 'uv', 'poetry', 'pdm']
const FRAMEWORK = ['flask', 'jinja2', 'werkzeug', 'click']
/** Pinned, so that a release of yesterday is not held. */
const SCIENCE = ['numpy==2.2.6', 'pandas==2.3.3']
/** Exists as source only, and is built with setuptools from the same index. */
const SOURCE_ONLY = 'docopt==0.6.2'

describe.skipIf(index === undefined)('the real package index', () => {
  const data = mkdtempSync(join(tmpdir(), 'sallyport-live-'))
  const projects: PypiProject[] = []
  let gateway: GatewayProcess

  beforeAll(async () => {
    gateway = await startGateway({
      dataDirectory: data,
      // Without upstreams, so that the machine's own pip configuration is discovered.
      config: { repositories: [{ name: 'pypi', type: 'pypi' }] },
      environment: { HOME: process.env['HOME'] ?? '' },
    })
  })

  afterAll(async () => {
    for (const project of projects) await project.remove()
    await gateway?.stop()
    rmSync(data, { recursive: true, force: true })
  })

  async function project(name: string): Promise<PypiProject | undefined> {
    const found = client(name)
    if (found === undefined) return undefined
    const made = await createPypiProject(found, `${gateway.url}/pypi/simple/`)
    projects.push(made)
    return made
  }

  it.each(INSTALLERS)(
    '%s installs a web framework, and again from a lock with hashes',
    { timeout: 300_000 },
    async (name) => {
      const app = await project(name)
      if (app === undefined) return
      expectSuccess(await app.add('flask'))
      for (const part of FRAMEWORK) expect(await app.installed(part)).toMatch(/^\d/)
      expectSuccess(await app.frozen())
      expect(await app.installed('flask')).toMatch(/^\d/)
    },
  )

  it.each(INSTALLERS)('%s installs large wheels', { timeout: 300_000 }, async (name) => {
    const app = await project(name)
    if (app === undefined) return
    expectSuccess(await app.add(...SCIENCE))
    expect(await app.installed('pandas')).toBe('2.3.3')
  })

  it.each(INSTALLERS)(
    '%s builds a package that exists as source only',
    { timeout: 300_000 },
    async (name) => {
      const app = await project(name)
      if (app === undefined) return
      expectSuccess(await app.add(SOURCE_ONLY))
      expect(await app.installed('docopt')).toBe('0.6.2')
    },
  )

  it('had a verdict in the ledger before each of all these downloads', async () => {
    await gateway.stop() // writes what waits
    const ledger = await openLedger(`sqlite:${data}/ledger.sqlite`)
    const downloads = await ledger.downloads({ repository: 'pypi', limit: 100_000 })
    expect(downloads.length).toBeGreaterThan(0)
    for (const { path, sha256, at } of downloads.filter((one) => !one.path.endsWith('.metadata'))) {
      const history = await ledger.verdictHistory('pypi', path)
      const before = history.filter((verdict) => verdict.sha256 === sha256 && verdict.decidedAt <= at)
      expect(
        before.some(({ outcome }) => outcome === 'approved'),
        path,
      ).toBe(true)
    }
    await ledger.close()
  })
})
