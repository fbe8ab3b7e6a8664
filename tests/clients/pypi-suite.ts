// What every Python installer must see: honest installs work, a newer malicious version is avoided or readably refused.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeClient } from '../support/clients.ts'
import { type GatewayProcess, startGateway } from '../support/gateway.ts'
import { startupRelease } from '../support/inert-python-malware.ts'
import { buildSdist, buildWheel, sha256 } from '../support/pypi-packages.ts'
import { createPypiProject, type PypiProject, type Ran } from '../support/pypi-project.ts'
import { type PypiUpstream, startPypiUpstream } from '../support/pypi-upstream.ts'
import { rawRequest } from '../support/raw-request.ts'

export interface Legibility {
  /** What the client prints of a refused file: the gateway's own reason phrase, or as much as this client ever shows. */
  readonly refusedFile: (phrase: string) => string | RegExp
}

const EVIL = { name: 'tool', version: '2.1' }

export function pypiClientSuite(name: string, legibility: Legibility): void {
  describeClient(name, (client) => {
    let upstream: PypiUpstream
    let gateway: GatewayProcess
    const projects: PypiProject[] = []

    beforeAll(async () => {
      upstream = await startPypiUpstream()
      await publishAll(upstream)
      gateway = await startGateway({
        config: { repositories: [{ name: 'pypi', type: 'pypi', upstreams: [upstream.url] }] },
      })
    })

    afterAll(async () => {
      for (const project of projects) await project.remove()
      await gateway?.stop()
      await upstream?.close()
    })

    const project = async (index = `${gateway.url}/pypi/simple/`) => {
      const made = await createPypiProject(client, index)
      projects.push(made)
      return made
    }

    it('installs a package with its dependencies, and again from a lock with hashes', async () => {
      const app = await project()
      expectSuccess(await app.add('App.Core>=1'))
      expect(await app.installed('app-core')).toBe('1.0')
      expect(await app.installed('helper')).toBe('0.9')
      expectSuccess(await app.frozen())
      expect(await app.installed('helper')).toBe('0.9')
    })

    it('takes metadata from the sidecar, byte for byte', async () => {
      const path = '/pypi/files/helper/helper-0.9-py3-none-any.whl.metadata'
      const answer = await rawRequest(gateway.url, path)
      const { metadata } = buildWheel({ name: 'helper', version: '0.9' })
      expect(answer.status).toBe(200)
      expect(answer.body.equals(metadata ?? Buffer.alloc(0))).toBe(true)
      expect(answer.headers['etag']).toBe(`"${sha256(answer.body)}"`)
    })

    it('builds a package that exists as source only', async () => {
      const app = await project()
      expectSuccess(await app.add('onlysource'))
      expect(await app.installed('onlysource')).toBe('1.0')
    })

    it('avoids a yanked version', async () => {
      const app = await project()
      expectSuccess(await app.add('yanked'))
      expect(await app.installed('yanked')).toBe('1.0')
    })

    it('is told why a pinned malicious version is refused that nobody has examined before', async () => {
      const app = await project()
      const ran = await app.add('unseen==1.0')
      expectRefusal(ran, legibility.refusedFile(await phraseOf(gateway, 'unseen', '1.0')))
      expect(await app.installed('unseen')).toBeUndefined()
    })

    it('is told why a wheel whose sidecar lies is refused', async () => {
      const app = await project()
      const ran = await app.add('liar==1.0')
      expectRefusal(ran, legibility.refusedFile(await phraseOf(gateway, 'liar', '1.0')))
      expect(await app.installed('liar')).toBeUndefined()
    })

    it('gets the older version on a range once the newer one is known to be malicious', async () => {
      await phraseOf(gateway, EVIL.name, EVIL.version)
      const app = await project()
      expectSuccess(await app.add(`${EVIL.name}>=2`))
      expect(await app.installed(EVIL.name)).toBe('2.0')
    })

    it('is told why a pin of a version that is known to be malicious is refused', async () => {
      const phrase = await phraseOf(gateway, EVIL.name, EVIL.version)
      const app = await project()
      expectRefusal(await app.add(`${EVIL.name}==${EVIL.version}`), legibility.refusedFile(phrase))
      expect(await app.installed(EVIL.name)).toBeUndefined()
    })

    it('installs from the store while the upstream is down', async () => {
      const app = await project()
      expectSuccess(await app.add('App.Core>=1'))
      await upstream.index.down()
      await upstream.files.down()
      try {
        expectSuccess(await app.frozen())
        expect(await app.installed('app-core')).toBe('1.0')
      } finally {
        await upstream.index.up()
        await upstream.files.up()
      }
    })
  })
}

async function publishAll(upstream: PypiUpstream): Promise<void> {
  const pure = ['py3-none-any']
  await upstream.publish({ name: 'helper', version: '0.9', as: pure })
  await upstream.publish({ name: 'helper', version: '1.5', as: pure })
  await upstream.publish({
    name: 'App.Core',
    version: '1.0',
    metadata: ['Requires-Dist: helper<1'],
    requiresPython: '>=3.8,<4',
  })
  await upstream.publish({ name: 'yanked', version: '1.0', as: pure })
  await upstream.publish({ name: 'yanked', version: '1.1', as: pure, yanked: 'breaks "everything" <here>' })
  await upstream.publish({ name: EVIL.name, version: '2.0', as: pure })
  await upstream.publish(startupRelease(EVIL.name, EVIL.version))
  await upstream.publish(startupRelease('unseen', '1.0'))
  const honest = buildWheel({ name: 'liar', version: '1.0' })
  const lie = Buffer.from(
    String(honest.metadata).replace('Version: 1.0\n', 'Version: 1.0\nRequires-Dist: helper\n'),
  )
  upstream.publishFile('liar', '1.0', { ...honest, metadata: lie })
  upstream.publishFile(
    'onlysource',
    '1.0',
    await buildSdist({ name: 'onlysource', version: '1.0', files: OWN_BUILD }),
  )
}

/** An sdist that builds itself, so that no build tool has to come from the index. */
const OWN_BUILD = {
  'setup.py': '',
  'pyproject.toml': '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n',
  'backend.py': `import os
import zipfile

FILES = {
    "onlysource/__init__.py": "VERSION = '1.0'\\n",
    "onlysource-1.0.dist-info/METADATA": "Metadata-Version: 2.1\\nName: onlysource\\nVersion: 1.0\\n",
    "onlysource-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\\nGenerator: own\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
}


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    name = "onlysource-1.0-py3-none-any.whl"
    record = "onlysource-1.0.dist-info/RECORD"
    lines = [path + ",," for path in [*FILES, record]]
    with zipfile.ZipFile(os.path.join(wheel_directory, name), "w") as wheel:
        for path, text in FILES.items():
            wheel.writestr(path, text)
        wheel.writestr(record, "\\n".join(lines) + "\\n")
    return name
`,
}

/** Asks for the wheel once, so that it has its verdict, and returns the reason phrase of the refusal. */
async function phraseOf(gateway: GatewayProcess, name: string, version: string): Promise<string> {
  await rawRequest(gateway.url, `/pypi/simple/${name}/`)
  const answer = await rawRequest(gateway.url, `/pypi/files/${name}/${name}-${version}-py3-none-any.whl`)
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
