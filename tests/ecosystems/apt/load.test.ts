// An archive on the way in: what of it is believed, over real HTTP, signatures and files.
import { afterEach, describe, expect, it } from 'vitest'
import { type AptArchive, openAptArchive } from '../../support/apt-archive.ts'
import {
  type AptUpstream,
  type ArchiveLayout,
  type ReleaseHabits,
  startAptUpstream,
} from '../../support/apt-upstream.ts'

const closing: (() => Promise<unknown>)[] = []
const HOUR = 3_600_000
const ago = (ms: number) => new Date(Date.now() - ms)

afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

async function archiveWith(
  habits: ReleaseHabits = {},
  layout: ArchiveLayout = {},
): Promise<{ upstream: AptUpstream; archive: AptArchive }> {
  const upstream = await startAptUpstream(layout)
  closing.push(() => upstream.close())
  await upstream.publish({ name: 'demo', version: '1:1.0-1', source: 'demo-src (1:1.0)' })
  await upstream.release(habits)
  const archive = await openAptArchive(upstream)
  closing.push(() => archive.close())
  return { upstream, archive }
}

describe('an archive', () => {
  it.each([
    ['InRelease', { form: 'InRelease' }],
    ['Release and Release.gpg', { form: 'Release.gpg' }],
    ['InRelease and by-hash', { byHash: true }],
  ] as const)('with %s is loaded, and its claims say where the bytes are', async (_, habits) => {
    const { upstream, archive } = await archiveWith(habits)
    const [claim, ...more] = await archive.claims(await archive.load())
    expect(more).toEqual([])
    expect(claim).toMatchObject({
      type: 'deb',
      name: 'demo',
      version: '1:1.0-1',
      path: 'pool/main/d/demo/demo_1.0-1_all.deb',
      url: `${upstream.url}/pool/main/d/demo/demo_1.0-1_all.deb`,
      facts: { architecture: 'all', source: 'demo-src', sourceVersion: '1:1.0' },
    })
    expect(claim?.digests.sha256).toMatch(/^[0-9a-f]{64}$/)
  })

  it('takes indexes by hash where Release offers it', async () => {
    const { upstream, archive } = await archiveWith({ byHash: true })
    await archive.load()
    expect(upstream.seen.map(({ path }) => path).filter((path) => path.includes('binary'))).toEqual([
      expect.stringMatching(/by-hash\/SHA256\/[0-9a-f]{64}$/),
    ])
  })

  it('asks again only for what changed', async () => {
    const { upstream, archive } = await archiveWith()
    const first = await archive.load()
    upstream.seen.length = 0
    const second = await archive.load(first)
    expect(second.documents).toEqual(first.documents)
    expect(upstream.seen.map(({ path }) => path)).toEqual(['/dists/stable/InRelease'])
    expect(upstream.seen[0]?.headers['if-none-match']).toBeDefined()
  })

  it('in one flat directory is loaded too', async () => {
    const { upstream, archive } = await archiveWith({}, { flat: true })
    const [claim] = await archive.claims(await archive.load())
    expect(claim).toMatchObject({ path: 'demo_1.0-1_all.deb', url: `${upstream.url}/demo_1.0-1_all.deb` })
  })

  const future = new Date(Date.now() + HOUR)
  const addField = (line: string) => (text: string) =>
    text.replace('Package: demo\n', `Package: demo\n${line}`)
  it.each<[string, ReleaseHabits, string]>([
    ['signed by a key that nobody pins', { signedBy: 'other' }, 'no good signature by a pinned key'],
    ['signed by nobody', { signedBy: 'nobody' }, 'neither InRelease nor a signed Release'],
    ['with a foreign Release.gpg', { signedBy: 'other', form: 'Release.gpg' }, 'no good signature'],
    ['that has expired', { validUntil: ago(HOUR) }, 'expired'],
    ['from the future', { date: future }, 'in the future'],
    ['of another suite', { suite: 'testing', codename: 'forky' }, 'is about testing or forky'],
    ['whose Packages differ from Release in size', { swapPackages: () => '' }, 'another size'],
    ['that lists Packages and lacks them', { lacks: /Packages/ }, 'half synchronised'],
    [
      'without Packages',
      { release: (text) => text.replaceAll('binary-amd64', 'binary-arm64') },
      'no Packages',
    ],
    ['without SHA256', { release: (text) => text.replace('SHA256:', 'MD5Sum:') }, 'has no SHA256'],
    ['with a field twice', { release: (text) => `${text}Origin: Evil\n` }, 'has Origin twice'],
    ['with CR in Packages', { packages: addField('Tag: a\r\n') }, 'has a CR'],
    ['with NUL in Packages', { packages: addField('Tag: a\0b\n') }, 'has a NUL'],
    ['with a field twice in Packages', { packages: addField('package: demo\n') }, 'twice'],
    [
      'with a Filename that climbs',
      { packages: (text) => text.replace('Filename: pool/', 'Filename: pool/../../') },
      'leaves the archive',
    ],
    [
      'whose Packages have no SHA256',
      { packages: (text) => text.replace('SHA256:', 'SHA512:') },
      'without SHA256',
    ],
    [
      'that promises two contents of one file',
      {
        packages: (text) =>
          `${text}\n${text.replace(/SHA256: (.)/, (_, digit) => `SHA256: ${digit === '0' ? '1' : '0'}`)}`,
      },
      'promises other bytes',
    ],
  ])('%s is refused', async (_, habits, why) => {
    const { archive } = await archiveWith(habits)
    await expect(archive.load().then((set) => archive.claims(set))).rejects.toMatchObject({
      code: 'UPSTREAM_INVALID',
      message: expect.stringContaining(why),
    })
  })

  it('whose Packages differ from Release in one byte that changes nothing is refused', async () => {
    const { upstream, archive } = await archiveWith()
    const path = 'dists/stable/main/binary-amd64/Packages.gz'
    const bytes = Buffer.from(await (await fetch(`${upstream.url}/${path}`)).arrayBuffer())
    bytes[4] = 1 // the time in the gzip header
    upstream.put(path, bytes)
    await expect(archive.load()).rejects.toThrow('another sha256')
  })

  it('that goes back in time is refused, whatever its signature', async () => {
    const { upstream, archive } = await archiveWith({ date: ago(HOUR) })
    const first = await archive.load()
    await upstream.release({ date: ago(2 * HOUR) })
    await expect(archive.load(first)).rejects.toThrow('went back in time')
  })

  it('with text around the signed block is refused', async () => {
    const { upstream, archive } = await archiveWith()
    const inRelease = await (await fetch(`${upstream.url}/dists/stable/InRelease`)).text()
    upstream.put('dists/stable/InRelease', Buffer.from(`Origin: Evil\n\n${inRelease}`))
    await expect(archive.load()).rejects.toThrow('not exactly one signed message')
    upstream.put('dists/stable/InRelease', Buffer.from(`${inRelease}\nOrigin: Evil\n`))
    await expect(archive.load()).rejects.toThrow('not exactly one signed message')
    upstream.put('dists/stable/InRelease', Buffer.from(inRelease.replace('Origin: Archive', 'Origin: Evil')))
    await expect(archive.load()).rejects.toThrow('no good signature')
  })

  it('whose index is cut off is not believed', async () => {
    const { upstream, archive } = await archiveWith()
    upstream.spoil(/Packages\.gz$/, (response, answer) => {
      const body = answer?.body ?? Buffer.alloc(0)
      response.writeHead(200, { 'content-length': body.byteLength })
      response.write(body.subarray(0, 20))
      response.destroy()
    })
    await expect(archive.load()).rejects.toMatchObject({ code: expect.stringMatching(/^UPSTREAM_/) })
  })

  it('whose index is larger than Release says is not read to the end', async () => {
    const { upstream, archive } = await archiveWith()
    upstream.spoil(/Packages\.gz$/, (response) => {
      response.writeHead(200, {})
      response.end(Buffer.alloc(1_000_000))
    })
    await expect(archive.load()).rejects.toThrow('is larger than its Release says')
  })

  it('is asked of the next mirror when the first is away, not when it lies', async () => {
    const { upstream } = await archiveWith()
    const dead = await startAptUpstream()
    closing.push(() => dead.close())
    await dead.down()
    const archive = await openAptArchive(upstream, {}, [dead.url, upstream.url])
    closing.push(() => archive.close())
    const set = await archive.load()
    const [claim] = await archive.claims(set)
    expect(claim?.url).toContain(upstream.url)
    await dead.up()
    await dead.publish({ name: 'demo', version: '2.0' })
    await dead.release()
    await expect(archive.load(set)).rejects.toThrow('no good signature')
  })
})
