// Advisories of distributions through the front door: by source package and release, at the artifact door and in the signed index.
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { makeDesk } from '../commands/io.ts'
import { type DistributionKind, distributionKinds } from './distribution-kinds.ts'
import { type InProcess, openInProcess } from './in-process.ts'

const SLOW = { timeout: 120_000 }
const POLICY = `name: own
extends: balanced
indexMode: lazy
rules:
  - { id: no-holes, when: { vulnerability: high, fixAvailable: true }, outcome: block }
`

describe.each(distributionKinds)('%s', (_, make) => {
  let folder: string
  let kind: DistributionKind
  let gateway: InProcess
  let config: Record<string, unknown>
  let second = 0

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sallyport-distribution-'))
    writeFileSync(join(folder, 'own.yaml'), POLICY)
    kind = await make()
    const [own, other] = kind.releases
    const [, middle] = kind.versions
    putRecords([recordOf('TEST-1', own, middle), recordOf('TEST-2', other, '9.0-1')])
    config = {
      policy: join(folder, 'own.yaml'),
      advisories: { feeds: [{ name: 'folder', source: join(folder, 'records.jsonl'), refresh: '1s' }] },
    }
    gateway = await openInProcess({ repositories: [kind.repository], config })
    await gateway.gateway.feeds.updateNow()
  }, 120_000)

  afterAll(async () => {
    await gateway?.close()
    await kind?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  function recordOf(id: string, ecosystem: string, fixed: string): unknown {
    return {
      id,
      modified: '2026-01-01T00:00:00Z',
      summary: 'demo - security update',
      database_specific: { severity: 'high' },
      affected: [
        {
          package: { ecosystem, name: kind.named },
          ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed }] }],
        },
      ],
    }
  }

  function putRecords(records: readonly unknown[]): void {
    const file = join(folder, 'records.jsonl')
    writeFileSync(file, records.map((one) => JSON.stringify(one)).join('\n'))
    second += 1
    utimesSync(file, Date.now() / 1000 - 100 + second, Date.now() / 1000 - 100 + second)
  }

  const fetched = async (version: string) => (await gateway.get(`/repository/${kind.pathOf(version)}`)).status

  it(
    'withholds and refuses by name and release, and follows records and waivers that come and go',
    SLOW,
    async () => {
      const [own, other] = kind.releases
      const [first, middle, last] = kind.versions
      expect(await kind.listed(gateway)).toEqual([middle, last])
      expect(await fetched(first)).toBe(403)
      expect(await fetched(middle)).toBe(200)
      putRecords([recordOf('TEST-1', own, middle), recordOf('TEST-3', own, last)])
      await gateway.gateway.feeds.updateNow()
      expect(await fetched(middle)).toBe(403)
      await until(async () => (await kind.listed(gateway)).join() === last)

      // A waiver of a rule names no package, so that only the whole archive built anew shows it.
      const desk = makeDesk()
      const file = join(desk.cwd, 'sallyport.yaml')
      const document = { dataDirectory: gateway.directory, repositories: [kind.repository], ...config }
      writeFileSync(file, stringify(document))
      const scope = ['--every', '--rule', 'vulnerability:TEST-3', '--expires', '1h', '--reason', 'a test']
      expect(await desk.run('waive', ...scope)).toMatchObject({ code: 0, err: '' })
      await until(async () => (await kind.listed(gateway)).join() === [middle, last].join())
      expect(await fetched(middle)).toBe(200)
      expect(await fetched(first)).toBe(403)

      putRecords([recordOf('TEST-2', other, '9.0-1')])
      await gateway.gateway.feeds.updateNow()
      expect(await fetched(first)).toBe(200)
      await until(async () => (await kind.listed(gateway)).length === 3)
    },
  )
})

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 300; tries += 1) {
    if (await holds()) return
    await sleep(100)
  }
  throw new Error('it never came')
}
