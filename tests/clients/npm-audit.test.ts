// The audits of real clients through the gateway, answered from a feed: known answers on both sides of a fix.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { describeClient } from '../support/clients.ts'
import { type GatewayProcess, startGateway } from '../support/gateway.ts'
import { createNpmProject, type NpmProject } from '../support/npm-project.ts'
import { type NpmUpstream, startNpmUpstream } from '../support/npm-upstream.ts'
import { npmRecord, type OsvBucket, startOsvBucket } from '../support/osv-bucket.ts'

const SLOW = { timeout: 240_000 }

/** npm asks the bulk endpoint, pnpm 10 the quick one. */
describe.each(['npm', 'pnpm-10'])('audit with %s', (name) => {
  describeClient(name, (client) => {
    let upstream: NpmUpstream
    let bucket: OsvBucket
    let gateway: GatewayProcess
    let app: NpmProject

    beforeAll(async () => {
      upstream = await startNpmUpstream()
      for (const version of ['4.17.20', '4.17.21']) await upstream.publish({ name: 'lodash', version })
      await upstream.publish({ name: 'calm', version: '1.0.0' })
      bucket = await startOsvBucket()
      bucket.put(
        'npm',
        npmRecord('GHSA-29mw-wpgm-hmr9', 'lodash', [{ introduced: '4.0.0' }, { fixed: '4.17.21' }], {
          summary: 'Regular Expression Denial of Service in lodash',
          aliases: ['CVE-2020-28500'],
        }),
      )
      gateway = await startGateway({
        npm: upstream.url,
        config: { advisories: { feeds: [{ name: 'osv', source: bucket.url, ecosystems: ['npm'] }] } },
      })
      await untilRead(gateway)
      app = await createNpmProject(client, gateway.npm)
    }, 180_000)

    afterAll(async () => {
      await app?.remove()
      await gateway?.stop()
      await bucket?.close()
      await upstream?.close()
    })

    it('names the vulnerable version with its advisory, and not the fixed one', SLOW, async () => {
      await app.lock('lodash@4.17.20')
      const affected = await app.run('audit', '--json')
      expect(affected.output).toContain('Regular Expression Denial of Service in lodash')
      expect(affected.output).toMatch(/>=4\.0\.0 <4\.17\.21/)
      expect(affected.code).not.toBe(0)
      await writeFile(
        join(app.folder, 'package.json'),
        '{ "name": "project", "version": "1.0.0", "private": true }\n',
      )
      await app.lock('lodash@4.17.21')
      await app.lock('calm@1.0.0')
      const fixed = await app.run('audit', '--json')
      expect(fixed.output).not.toContain('Regular Expression')
      expect(fixed.code).toBe(0)
      expect(upstream.seen.filter(({ path }) => path.includes('/security/'))).toEqual([])
    })
  })
})

async function untilRead(gateway: GatewayProcess): Promise<void> {
  for (let tries = 0; tries < 600; tries += 1) {
    const ready = (await (await fetch(`${gateway.url}/-/ready`)).json()) as { feeds: { records: number }[] }
    if (ready.feeds[0]?.records === 1) return
    await sleep(100)
  }
  throw new Error(`the feed was not read:\n${gateway.log()}`)
}
