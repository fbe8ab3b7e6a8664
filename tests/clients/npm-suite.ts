// What every npm-registry client must see: honest installs work, a newer malicious version is avoided or readably refused.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { publishCaptured } from '../support/captured-npm.ts'
import { type Client, describeClient } from '../support/clients.ts'
import { type GatewayProcess, startGateway } from '../support/gateway.ts'
import { downloaderRelease } from '../support/inert-malware.ts'
import { createNpmProject, type NpmProject, type Ran } from '../support/npm-project.ts'
import { type NpmUpstream, startNpmUpstream } from '../support/npm-upstream.ts'
import { rawRequest } from '../support/raw-request.ts'

export interface Legibility {
  /** What the client prints of a refused tarball: the gateway's own reason phrase, or as much as this client ever shows. */
  readonly refusedTarball: (phrase: string) => string | RegExp
  /** What it prints of a pinned version that the index no longer shows. */
  readonly hiddenPin: RegExp
}

const EVIL = { name: 'is-number', version: '7.0.1' }
const TOKEN = 'npm_0123456789abcdefghijklmnopqrstuvwxyz'

/** A client on a busy machine may take this long for one installation. */
const SLOW = { timeout: 180_000 }

export function npmClientSuite(name: string, legibility: Legibility): void {
  describeClient(name, (client) => {
    let upstream: NpmUpstream
    let gateway: GatewayProcess
    const projects: NpmProject[] = []

    beforeAll(async () => {
      upstream = await startNpmUpstream()
      await publishCaptured(upstream)
      await upstream.publish(downloaderRelease(EVIL.name, EVIL.version))
      await upstream.publish(downloaderRelease('unseen', '1.0.1'))
      gateway = await startGateway({ npm: upstream.url })
    })

    afterAll(async () => {
      for (const project of projects) await project.remove()
      await gateway?.stop()
      await upstream?.close()
    })

    const project = async (registry = gateway.npm) => {
      const made = await createNpmProject(client, registry, TOKEN)
      projects.push(made)
      return made
    }

    it('installs a package with a dependency, and again from its lockfile', SLOW, async () => {
      const app = await project()
      expectSuccess(await app.add('is-odd@^3.0.0'))
      expect(await app.installed('is-odd')).toBe('3.0.1')
      expectSuccess(await app.frozen())
      expect(await app.installed('is-odd')).toBe('3.0.1')
    })

    it('installs a scoped package', SLOW, async () => {
      const app = await project()
      expectSuccess(await app.add('@types/ms'))
      expect(await app.installed('@types/ms')).toBe('2.1.0')
    })

    it(
      'is told why a pinned malicious version is refused that nobody has examined before',
      SLOW,
      async () => {
        const app = await project()
        const ran = await app.add('unseen@1.0.1')
        expectRefusal(ran, legibility.refusedTarball(await phraseOf(gateway, 'unseen', '1.0.1')))
        expect(await app.installed('unseen')).toBeUndefined()
      },
    )

    it('is told why a lockfile that pins a malicious version is refused', SLOW, async () => {
      const app = await lockedToEvil(client, projects, upstream, gateway)
      const ran = await app.frozen()
      expectRefusal(ran, legibility.refusedTarball(await phraseOf(gateway, EVIL.name, EVIL.version)))
      expect(await app.installed(EVIL.name)).toBeUndefined()
    })

    it('gets the older version on a range once the newer one is known to be malicious', SLOW, async () => {
      await phraseOf(gateway, EVIL.name, EVIL.version)
      const app = await project()
      expectSuccess(await app.add(`${EVIL.name}@^7.0.0`))
      expect(await app.installed(EVIL.name)).toBe('7.0.0')
    })

    it('cannot pin a version that the index no longer shows', SLOW, async () => {
      await phraseOf(gateway, EVIL.name, EVIL.version)
      const app = await project()
      expectRefusal(await app.add(`${EVIL.name}@${EVIL.version}`), legibility.hiddenPin)
    })

    it("never sends the client's own credentials upstream", () => {
      for (const { headers } of upstream.seen) {
        expect(headers.authorization).toBeUndefined()
        expect(headers.cookie).toBeUndefined()
        expect(JSON.stringify(headers)).not.toContain(TOKEN)
      }
    })
  })
}

/** A project whose lockfile was made without the gateway, and pins the malicious version. */
async function lockedToEvil(
  client: Client,
  projects: NpmProject[],
  upstream: NpmUpstream,
  gateway: GatewayProcess,
): Promise<NpmProject> {
  const direct = await createNpmProject(client, `${upstream.url}/`)
  projects.push(direct)
  expectSuccess(await direct.lock(`${EVIL.name}@${EVIL.version}`))
  await direct.configure(gateway.npm)
  await direct.editLockfile((text) => text.replaceAll(`${upstream.url}/`, gateway.npm))
  return direct
}

/** Asks for the tarball once, so that it has its verdict, and returns the reason phrase of the refusal. */
async function phraseOf(gateway: GatewayProcess, name: string, version: string): Promise<string> {
  const answer = await rawRequest(gateway.url, `/npm/${name}/-/${name}-${version}.tgz`)
  expect(answer.status).toBe(403)
  return answer.phrase
}

export function expectSuccess({ code, output }: Ran): void {
  expect(code, output).toBe(0)
}

export function expectRefusal({ code, output }: Ran, said: string | RegExp): void {
  expect(code, output).not.toBe(0)
  // Clients break lines at the width of a terminal.
  const flat = output.replace(/\s+/g, ' ')
  if (typeof said === 'string') expect(flat).toContain(said.replace(/\s+/g, ' '))
  else expect(flat).toMatch(said)
}
