// zypper: HEAD of repomd.xml, its signature, key and the file itself; packages are downloaded, not installed.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { skip } from '../support/clients.ts'
import { type GatewayProcess, startGateway } from '../support/gateway.ts'
import { untilGone } from '../support/yum-flip.ts'
import { missingTools, startYumUpstream, YUM_TOOLS, type YumUpstream } from '../support/yum-upstream.ts'
import { createZypperProject, type ZypperProject } from '../support/zypper.ts'
import { PACKAGES } from './yum-packages.ts'

const missing = missingTools(['zypper', ...YUM_TOOLS])
if (missing.length > 0)
  skip(`zypper suite: ${missing.join(', ')} not installed; run through bin/with-clients`)

describe.skipIf(missing.length > 0)('zypper', () => {
  let upstream: YumUpstream
  let gateway: GatewayProcess
  let base: string
  const projects: ZypperProject[] = []

  beforeAll(async () => {
    upstream = await startYumUpstream()
    await upstream.publish(PACKAGES.filter(({ name }) => ['shell', 'helper', 'tool'].includes(name)))
    gateway = await startGateway({
      config: {
        repositories: [
          { name: 'leap', type: 'rpm', upstreams: [upstream.url], options: { keys: [upstream.key.file] } },
        ],
      },
    })
    base = `${gateway.url}/leap/`
  }, 300_000)

  afterAll(async () => {
    for (const project of projects) project.remove()
    await gateway?.stop()
    await upstream?.close()
  })

  async function project(keys = [`${base}repodata/repomd.xml.key`, `file://${upstream.key.file}`]) {
    const made = await createZypperProject({ baseurl: base, keys })
    projects.push(made)
    return made
  }

  it('refreshes, is refused the malicious version with a reason it can print, and downloads the older one after the flip', async () => {
    const zypper = await project()
    const refreshed = await zypper.run('refresh')
    expect(refreshed.exitCode, refreshed.said).toBe(0)
    const refused = await zypper.run('install', '--download-only', '--auto-agree-with-licenses', 'tool')
    expect(refused.exitCode, refused.said).not.toBe(0)
    expect(refused.said).toMatch(/Permission to access .*tool-2\.0-1\.noarch\.rpm.* denied/s)
    await untilGone(base, 'tool-2.0-1.noarch.rpm')
    // It looks for a new index by itself only every ten minutes.
    expect((await zypper.run('refresh')).exitCode).toBe(0)
    const taken = await zypper.run('install', '--download-only', 'tool')
    expect(taken.exitCode, taken.said).toBe(0)
    expect(zypper.downloaded()).toEqual(
      expect.arrayContaining(['helper-1.0-1.noarch.rpm', 'tool-1.0-1.noarch.rpm']),
    )
    expect(zypper.downloaded()).not.toContain('tool-2.0-1.noarch.rpm')
  })

  it('trusts no repository whose key it does not have', async () => {
    const zypper = await createZypperProject({ baseurl: base, keys: [`file://${upstream.key.file}`] })
    projects.push(zypper)
    const ran = await zypper.run('--no-gpg-auto-import-keys', 'refresh')
    expect(ran.said).not.toMatch(/All repositories have been refreshed/)
  })
})
