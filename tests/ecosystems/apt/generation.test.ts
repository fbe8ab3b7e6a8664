// An archive on the way out: what is withheld is gone from every document, and gpgv takes what we signed.
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { aptEcosystem } from '../../../src/ecosystems/apt/ecosystem.ts'
import { parseRelease } from '../../../src/ecosystems/apt/release.ts'
import type { RenderedGeneration } from '../../../src/ecosystems/ecosystem.ts'
import type { IndexSet } from '../../../src/model/index-set.ts'
import { type AptArchive, openAptArchive } from '../../support/apt-archive.ts'
import { type AptUpstream, startAptUpstream } from '../../support/apt-upstream.ts'

const PACKAGES = 'dists/stable/main/binary-amd64/Packages'
let upstream: AptUpstream
let archive: AptArchive
let set: IndexSet

beforeAll(async () => {
  upstream = await startAptUpstream()
  await upstream.publish({ name: 'demo', version: '1.0' })
  await upstream.publish({ name: 'demo', version: '1.1' })
  await upstream.publish({ name: 'demo-data', version: '1.1', source: 'demo (1.1)' })
  await upstream.publish({ name: 'demo-doc', version: '1.1+b1', source: 'demo (1.1)' })
  await upstream.publish({ name: 'other', version: '1.1' })
  await upstream.release({
    release: (text) =>
      text
        .replace('Codename: stable\n', 'Codename: stable\nNotAutomatic: yes\nVersion: 12.1\n')
        .replace('Architectures: amd64', 'Architectures: amd64 arm64')
        .replace('Components: main', 'Components: main contrib')
        .concat(
          ` ${'e'.repeat(64)} 99 main/Contents-amd64.gz\n ${'f'.repeat(64)} 9 main/dep11/Components-amd64.yml.gz\n`,
        ),
  })
  archive = await openAptArchive(upstream)
  set = await archive.load()
})

afterAll(async () => {
  await archive.close()
  await upstream.close()
})

const text = async (generation: RenderedGeneration, path: string) =>
  (await archive.bytes(generation, path)).toString('utf8')
const versions = (packages: string) =>
  [...packages.matchAll(/^Package: (\S+)[\s\S]*?^Version: (\S+)/gm)].map(
    ([, name, version]) => `${name} ${version}`,
  )

describe('a generation', () => {
  it("of which nothing is withheld passes the upstream's bytes", async () => {
    const generation = await archive.render(set)
    const upstreams = await (await fetch(`${upstream.url}/${PACKAGES}.gz`)).arrayBuffer()
    expect((await archive.bytes(generation, `${PACKAGES}.gz`)).equals(Buffer.from(upstreams))).toBe(true)
    expect(generation.withheld).toEqual([])
  })

  it('lists what it serves, under digests that hold, and nothing else', async () => {
    const generation = await archive.render(set, ({ version }) => (version === '1.1' ? 'no' : undefined))
    const release = parseRelease(await text(generation, 'dists/stable/Release'), 'ours')
    const packed = await archive.bytes(generation, `${PACKAGES}.gz`)
    const plain = gunzipSync(packed)
    const listed = (bytes: Buffer) => ({
      sha256: createHash('sha256').update(bytes).digest('hex'),
      sizeBytes: bytes.length,
    })
    expect(Object.fromEntries(release.files)).toEqual({
      'main/binary-amd64/Packages.gz': listed(packed),
      'main/binary-amd64/Packages': listed(plain),
    })
    expect(versions(plain.toString())).toEqual(['demo 1.0', 'demo-doc 1.1+b1'])
    expect(generation.withheld.map(({ claim }) => claim.name)).toEqual(['demo', 'demo-data', 'other'])
    const byHash = `dists/stable/main/binary-amd64/by-hash/SHA256/${listed(packed).sha256}`
    expect((await archive.bytes(generation, byHash)).equals(packed)).toBe(true)
  })

  it('keeps the fields that pinning depends on, and sets its own dates', async () => {
    const generation = await archive.render(set)
    const { fields, validUntil, date } = parseRelease(await text(generation, 'dists/stable/Release'), 'ours')
    expect(Object.fromEntries(fields)).toMatchObject({
      Origin: 'Archive',
      Label: 'Archive',
      Suite: 'stable',
      Codename: 'stable',
      Version: '12.1',
      NotAutomatic: 'yes',
      Architectures: 'amd64',
      Components: 'main',
      'Acquire-By-Hash': 'yes',
    })
    expect(Math.abs(date.getTime() - Date.now())).toBeLessThan(120_000)
    expect(generation.validUntil?.slice(0, 19)).toBe(
      new Date(date.getTime() + 7 * 86_400_000).toISOString().slice(0, 19),
    )
    expect(validUntil?.getTime()).toBeGreaterThan(date.getTime())
  })

  it('is signed so that gpgv takes it, and takes nothing else', async () => {
    const generation = await archive.render(set)
    const folder = mkdtempSync(join(tmpdir(), 'sallyport-gpgv-'))
    try {
      for (const name of ['InRelease', 'Release', 'Release.gpg'])
        writeFileSync(join(folder, name), await archive.bytes(generation, `dists/stable/${name}`))
      const armor = join(folder, 'key.asc')
      writeFileSync(armor, (await archive.signer()).publicKey)
      await execa('gpg', ['--homedir', folder, '--dearmor', '-o', join(folder, 'key.gpg'), armor])
      const gpgv = (...files: string[]) =>
        execa('gpgv', ['--keyring', join(folder, 'key.gpg'), ...files], { cwd: folder, reject: false })
      expect((await gpgv('--output', 'inner', 'InRelease')).exitCode).toBe(0)
      expect((await gpgv('Release.gpg', 'Release')).exitCode).toBe(0)
      writeFileSync(join(folder, 'Release'), `${await text(generation, 'dists/stable/Release')}X: y\n`)
      expect((await gpgv('Release.gpg', 'Release')).exitCode).not.toBe(0)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })

  it('withholds all binaries of a source when the option is set, and only those of that version', async () => {
    const whole = await openAptArchive(upstream, { withholdSource: true })
    try {
      const loaded = await whole.load()
      const generation = await whole.render(loaded, ({ name }) => (name === 'demo-data' ? 'bad' : undefined))
      const packages = gunzipSync(await whole.bytes(generation, `${PACKAGES}.gz`)).toString()
      expect(versions(packages)).toEqual(['demo 1.0', 'other 1.1'])
      const reasons = generation.withheld.map(
        ({ claim, verdict }) => `${claim.name}: ${verdict.reasons[0]?.text}`,
      )
      expect(reasons).toContain(
        'demo-doc: built from the same source as demo-data 1.1, which is blocked: bad',
      )
    } finally {
      await whole.close()
    }
  })

  it('tells what it lists', async () => {
    const { documents } = await archive.render(set, ({ name }) => (name === 'demo' ? 'no' : undefined))
    const found: string[] = []
    const open = ({ name }: { name: string }) => archive.bytes({ documents, withheld: [] }, name)
    for await (const one of aptEcosystem.listGeneration?.(documents, { settings: archive.settings, open }) ??
      [])
      found.push(`${one.name} ${one.version} ${one.architecture}`)
    expect(found).toEqual(['demo-data 1.1 all', 'demo-doc 1.1+b1 all', 'other 1.1 all'])
  })
})
