// dnf with both signature checks on: the vendor's on packages, ours on the repository.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { skip } from '../support/clients.ts'
import { createDnfProject, type DnfProject, type Ran } from '../support/dnf.ts'
import { type GatewayProcess, startGateway } from '../support/gateway.ts'
import { makeVendorKey } from '../support/vendor-key.ts'
import { primaryText, untilGone } from '../support/yum-flip.ts'
import { missingTools, startYumUpstream, YUM_TOOLS, type YumUpstream } from '../support/yum-upstream.ts'
import { MODULES, PACKAGES, UPDATEINFO } from './yum-packages.ts'

const missing = missingTools(['dnf', ...YUM_TOOLS])
if (missing.length > 0) skip(`dnf suite: ${missing.join(', ')} not installed; run through bin/with-clients`)

describe.skipIf(missing.length > 0)('dnf', () => {
  let upstream: YumUpstream
  let gateway: GatewayProcess
  const projects: DnfProject[] = []

  beforeAll(async () => {
    upstream = await startYumUpstream()
    await upstream.publish(PACKAGES, { updateinfo: UPDATEINFO, modules: MODULES })
    const stranger = await makeVendorKey('Stranger')
    const repository = (name: string, keys: string[]) => ({
      name,
      type: 'rpm',
      upstreams: [upstream.url],
      options: { keys, vendorKeys: [upstream.key.file] },
    })
    gateway = await startGateway({
      config: {
        limits: { indexFresh: '500ms' },
        repositories: [repository('el', [upstream.key.file]), repository('wrong', [stranger.file])],
      },
    })
  }, 300_000)

  afterAll(async () => {
    for (const project of projects) project.remove()
    await gateway?.stop()
    await upstream?.close()
  })

  function project(
    keys = [`${gateway.url}/el/repodata/repomd.xml.key`, `file://${upstream.key.file}`],
    name = 'el',
  ) {
    const made = createDnfProject({ baseurl: `${gateway.url}/${name}/`, keys })
    projects.push(made)
    return made
  }

  const version = async (name: string) =>
    (await fetch(`${gateway.url}/el/Packages/${name}-1.noarch.rpm`)).status

  it('is refused a package whose scriptlet fetches and runs, and gets the older one after the flip', async () => {
    const dnf = project()
    expectSuccess(await dnf.run('makecache'))
    const refused = await dnf.run('install', 'tool')
    expect(refused.exitCode).not.toBe(0)
    expect(refused.said).toMatch(/tool-2\.0.*403/s)
    expect(dnf.installed('usr/share/tool/version')).toBeUndefined()
    await untilGone(`${gateway.url}/el/`, 'tool-2.0-1.noarch.rpm')
    expectSuccess(await dnf.run('--refresh', 'install', 'tool'))
    expect(dnf.installed('usr/share/tool/version')).toBe('1.0')
    expect(dnf.installed('usr/share/helper/version')).toBe('1.0')
  })

  it('avoids malicious triggers and lua scriptlets likewise', async () => {
    expect([await version('trigger-2.0'), await version('lua-2.0')]).toEqual([403, 403])
    await untilGone(`${gateway.url}/el/`, 'trigger-2.0-1.noarch.rpm')
    await untilGone(`${gateway.url}/el/`, 'lua-2.0-1.noarch.rpm')
    const dnf = project()
    expectSuccess(await dnf.run('install', 'trigger', 'lua'))
    expect([dnf.installed('usr/share/trigger/version'), dnf.installed('usr/share/lua/version')]).toEqual([
      '1.0',
      '1.0',
    ])
  })

  it('upgrades, and is told by updateinfo only of updates that it can have', async () => {
    const dnf = project()
    expectSuccess(await dnf.run('install', 'helper-1.0'))
    const listed = await dnf.run('updateinfo', 'list', '--all')
    expect(listed.said).toContain('UP-1')
    expect(listed.said).toContain('helper-1.1')
    expect(listed.said).not.toContain('tool-2.0')
    expectSuccess(await dnf.run('upgrade'))
    expect(dnf.installed('usr/share/helper/version')).toBe('1.1')
  })

  it('keeps module streams apart', async () => {
    const dnf = project()
    expect((await dnf.run('module', 'list')).said).toMatch(/stream-tool\s+1 \[d\]/)
    expectSuccess(await dnf.run('module', 'enable', 'stream-tool:2'))
    expectSuccess(await dnf.run('install', 'streamed'))
    expect(dnf.installed('usr/share/streamed/version')).toBe('2.0')
  })

  it('installs the older version from a dated snapshot', async () => {
    await pause() // snapshots are told to the second
    const snapshot = `el@${new Date().toISOString().replace(/[-:]|\.\d+/g, '')}`
    await pause()
    // The others lie there already: built anew they would be other bytes under known names.
    await upstream.publish([{ name: 'helper', version: '1.2' }], { updateinfo: UPDATEINFO, modules: MODULES })
    await expect
      .poll(() => primaryText(`${gateway.url}/el/`), { timeout: 60_000, interval: 250 })
      .toContain('helper-1.2-1.noarch.rpm')
    for (const [name, expected] of [
      [snapshot, '1.1'],
      ['el', '1.2'],
    ] as const) {
      const dnf = project(
        [`${gateway.url}/${name}/repodata/repomd.xml.key`, `file://${upstream.key.file}`],
        name,
      )
      expectSuccess(await dnf.run('install', 'helper'))
      expect(dnf.installed('usr/share/helper/version')).toBe(expected)
    }
  })

  it('trusts no repository whose key it does not have', async () => {
    const dnf = project([`file://${upstream.key.file}`])
    const ran = await dnf.run('makecache')
    expect(ran.exitCode).not.toBe(0)
    expect(ran.said).toMatch(/GPG|signature/i)
  })

  it('gets nothing from an upstream whose signature is not by the pinned key', async () => {
    const answer = await fetch(`${gateway.url}/wrong/repodata/repomd.xml`)
    expect(answer.status).toBeGreaterThanOrEqual(500)
    const dnf = project([`file://${upstream.key.file}`], 'wrong')
    expect((await dnf.run('makecache')).exitCode).not.toBe(0)
  })

  it('reads why at the refused URL, which dnf prints', async () => {
    const answer = await fetch(`${gateway.url}/el/Packages/tool-2.0-1.noarch.rpm`)
    expect(answer.status).toBe(403)
    expect(await answer.json()).toMatchObject({ detail: expect.stringMatching(/tool/) })
  })
})

function expectSuccess({ exitCode, said }: Ran): void {
  expect(exitCode, said).toBe(0)
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1100))
}
