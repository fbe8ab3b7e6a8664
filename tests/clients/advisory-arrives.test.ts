// An advisory comes while packages are being served: real clients get the older version, then the fixed one, and the recall names them.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeDesk } from '../commands/io.ts'
import { skip } from '../support/clients.ts'
import { type GatewayProcess, startGateway } from '../support/gateway.ts'
import { type OsvBucket, startOsvBucket } from '../support/osv-bucket.ts'
import { type AdvisedKind, advisedKinds, holeIn } from './advised-kinds.ts'

const SLOW = { timeout: 300_000 }
const POLICY = `name: own
extends: balanced
rules:
  - { id: no-holes, when: { vulnerability: high }, outcome: block }
`

const runnable = advisedKinds.filter(([name, { missing }]) => {
  if (missing !== undefined) skip(`advisory at run time with ${name}: ${missing}`)
  return missing === undefined
})

let folder: string
let bucket: OsvBucket
let gateway: GatewayProcess
const kinds = new Map<string, AdvisedKind>()

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-advised-'))
  writeFileSync(join(folder, 'own.yaml'), POLICY)
  bucket = await startOsvBucket()
  for (const [name, { make }] of runnable) {
    const kind = await make()
    kinds.set(name, kind)
    const [older, vulnerable] = kind.versions
    await kind.publish(older)
    await kind.publish(vulnerable)
    bucket.put(kind.ecosystem, { ...holeIn(kind), ...otherHole(kind) })
  }
  const ecosystems = [...kinds.values()].map(({ ecosystem }) => ecosystem)
  gateway = await startGateway({
    config: {
      access: { anonymous: 'none' },
      policy: join(folder, 'own.yaml'),
      repositories: [...kinds.values()].map(({ repository }) => repository),
      advisories: { feeds: [{ name: 'osv', source: bucket.url, ecosystems, refresh: '1s' }] },
      limits: { indexFresh: '1s', indexStale: '2s' },
    },
  })
}, 300_000)

afterAll(async () => {
  await gateway?.stop()
  await bucket?.close()
  for (const kind of kinds.values()) await kind.close()
  rmSync(folder, { recursive: true, force: true })
})

/** About another package, and there from the start, so that the feed is no empty one. */
const otherHole = ({ ecosystem, repository }: AdvisedKind) => ({
  id: `TEST-${repository.name}-0`,
  modified: '2026-01-01T00:00:00Z',
  affected: [{ package: { ecosystem, name: 'another' }, versions: ['1'] }],
})

async function tokenOf(label: string, repository: string): Promise<string> {
  const made = await beside('tokens', 'create', '--label', label, '--repository', repository, '--json')
  await new Promise((resolve) => setTimeout(resolve, 1200)) // a running gateway follows within a second
  return (JSON.parse(made.out) as { token: string }).token
}

/** A command on the data of the running gateway. */
const beside = (...args: string[]) => makeDesk().run(...args, '--config', gateway.configFile)

interface Recalled {
  readonly name: string
  readonly version: string
  readonly recalledAt?: string
  readonly recipients: readonly { clientAddress: string; tokenLabel?: string; userAgent: string }[]
}

async function recalled(what: string): Promise<readonly Recalled[]> {
  return JSON.parse((await beside('recall', what, '--json')).out) as Recalled[]
}

describe.each(runnable)('%s', (name) => {
  it(
    'had the vulnerable version, gets the older one, then the fixed one, and is named in the recall',
    SLOW,
    async () => {
      const kind = kinds.get(name)
      if (kind === undefined) throw new Error(`no ${name}`)
      const [older, vulnerable, fixed] = kind.versions
      const token = await tokenOf(`laptop-of-${name}`, kind.repository.name)
      const first = await kind.install(gateway, token)
      expect(first.version, first.said).toBe(vulnerable)

      bucket.put(kind.ecosystem, holeIn(kind))
      const id = holeIn(kind).id
      // Nobody asks for it: what the record names is decided anew in the background.
      await expect.poll(() => recalled(id), { timeout: 60_000, interval: 250 }).toHaveLength(1)
      const [recall] = await recalled(id)
      expect(recall).toMatchObject({ name: 'tool', version: vulnerable, recalledAt: expect.any(String) })
      expect(recall?.recipients).toMatchObject([
        {
          clientAddress: '127.0.0.1',
          tokenLabel: `laptop-of-${name}`,
          userAgent: expect.stringMatching(kind.agent),
        },
      ])

      await untilInstalled(kind, token, older)
      await kind.publish(fixed)
      await untilInstalled(kind, token, fixed)
    },
  )
})

/** Indexes follow a moment later; what is never allowed meanwhile is the vulnerable version. */
async function untilInstalled(kind: AdvisedKind, token: string, wanted: string): Promise<void> {
  const [, vulnerable] = kind.versions
  let last = await kind.install(gateway, token)
  for (let tries = 0; tries < 20 && last.version !== wanted; tries += 1) {
    expect(last.version, last.said).not.toBe(vulnerable)
    await new Promise((resolve) => setTimeout(resolve, 500))
    last = await kind.install(gateway, token)
  }
  expect(last.version, last.said).toBe(wanted)
}

it('keeps every token out of its log', () => {
  expect(gateway.log().match(/spt_[0-9a-f]{12}_[A-Za-z0-9_-]{20,}/g)).toHaveLength(1)
})
