// apk indexes: honest, spoilt and hostile ones on the way in, and what is signed on the way out.
import { createPublicKey, verify } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { apkEcosystem } from '../../../src/ecosystems/apk/ecosystem.ts'
import { parseApkIndex } from '../../../src/ecosystems/apk/index-file.ts'
import {
  type ApkKey,
  type ApkPackage,
  apkPackage,
  indexText,
  makeApkKey,
  type SignedIndexOptions,
  signedIndex,
} from '../../support/apk-index.ts'
import { apkMember } from '../../support/build-apk.ts'
import { type IndexDesk, openIndexDesk } from '../../support/index-desk.ts'

const PATH = '/x86_64/APKINDEX.tar.gz'
const EVIL = (claim: { name: string; version: string }) => claim.name === 'tool' && claim.version === '2.0-r0'

let key: ApkKey
let desk: IndexDesk
let packages: ApkPackage[]

beforeAll(async () => {
  key = makeApkKey()
  desk = await openIndexDesk(apkEcosystem, 'x86_64', { keys: [key.file], architectures: ['x86_64'] })
  packages = [
    await apkPackage({ name: 'tool' }),
    await apkPackage({ name: 'tool', version: '2.0-r0' }),
    await apkPackage({ name: 'tool-doc', version: '2.0-r0', origin: 'tool', lines: ['i:tool docs'] }),
    await apkPackage({ name: 'other', lines: ['X:a field of tomorrow'] }),
  ]
}, 120_000)
afterAll(() => desk.close())
beforeEach(() => desk.files.clear())

async function publish(text = indexText(packages), options: Partial<SignedIndexOptions> = { key }) {
  desk.files.set(PATH, await signedIndex(text, options))
}

const refusal = (why: RegExp) => ({ code: 'UPSTREAM_INVALID', message: expect.stringMatching(why) })

describe('an apk index on the way in', () => {
  it('promises each package by its control digest and size', async () => {
    await publish()
    const claims = await desk.claims(await desk.load())
    expect(claims.map(({ path }) => path)).toEqual([
      'x86_64/tool-1.0-r0.apk',
      'x86_64/tool-2.0-r0.apk',
      'x86_64/tool-doc-2.0-r0.apk',
      'x86_64/other-1.0-r0.apk',
    ])
    expect(claims[2]).toMatchObject({
      name: 'tool-doc',
      version: '2.0-r0',
      sizeBytes: packages[2]?.bytes.length,
      facts: {
        identity: /^C:(.*)$/m.exec(packages[2]?.stanza ?? '')?.[1],
        source: 'tool',
        sourceVersion: '2.0-r0',
      },
    })
  })

  it.each(['RSA', 'RSA256', 'RSA512'] as const)('takes a signature with %s', async (algorithm) => {
    await publish(undefined, { key, algorithm })
    expect((await desk.load()).facts).toMatchObject({ signer: key.name })
  })

  it('follows A: to the folder where apk asks', async () => {
    await publish(indexText(packages).replace('A:x86_64', 'A:noarch'))
    const [first] = await desk.claims(await desk.load())
    expect(first?.path).toBe('x86_64/tool-1.0-r0.apk')
    expect(first?.url).toBe(`${desk.upstream.url}/noarch/tool-1.0-r0.apk`)
    expect(apkEcosystem.parseRequest('GET', '/noarch/tool-1.0-r0.apk', desk.settings)).toMatchObject({
      kind: 'artifact',
      path: 'x86_64/tool-1.0-r0.apk',
      key: 'x86_64',
    })
  })

  it('takes a noarch path for whichever architecture lists it: each index has claims of its own', () => {
    const options = { ...desk.settings.options, architectures: ['x86_64', 'aarch64'] }
    const request = apkEcosystem.parseRequest('GET', '/noarch/tool-1.0-r0.apk', { ...desk.settings, options })
    expect(request).toMatchObject({
      path: 'x86_64/tool-1.0-r0.apk',
      otherwise: [{ path: 'aarch64/tool-1.0-r0.apk', key: 'aarch64' }],
    })
  })

  it('takes a version that apk itself cannot parse, as Alpine has one', async () => {
    await publish(indexText(packages).replace('V:1.0-r0', 'V:0.99f7-r0'))
    const [first] = await desk.claims(await desk.load())
    expect(first?.path).toBe('x86_64/tool-0.99f7-r0.apk')
    expect(apkEcosystem.compareVersions('0.99f7-r0', '1.0-r0')).toBeTypeOf('number')
  })

  it('refuses an unsigned index', async () => {
    await publish(undefined, {})
    await expect(desk.load()).rejects.toMatchObject(refusal(/1 gzip members instead of 2/))
  })

  it('refuses a key that is not pinned, also under the name of a pinned one, and a pinned key under another name', async () => {
    const stranger = makeApkKey()
    await publish(undefined, { key: stranger, keyName: key.name })
    await expect(desk.load()).rejects.toMatchObject(refusal(/no good signature by a pinned key/))
    await publish(undefined, { key, keyName: 'renamed.rsa.pub' })
    await expect(desk.load()).rejects.toMatchObject(refusal(/renamed\.rsa\.pub/))
  })

  it('refuses a signature over other bytes', async () => {
    const whole = await signedIndex(indexText(packages), { key })
    const other = await signedIndex(indexText(packages.slice(1)), {})
    const signature = whole.subarray(0, whole.length - (await signedIndex(indexText(packages), {})).length)
    desk.files.set(PATH, Buffer.concat([signature, other]))
    await expect(desk.load()).rejects.toMatchObject(refusal(/no good signature/))
  })

  it.each<[string, (index: Buffer) => Buffer | Promise<Buffer>, RegExp]>([
    ['a further member', (index) => Buffer.concat([index, gzipSync('')]), /3 gzip members/],
    ['trailing bytes', (index) => Buffer.concat([index, Buffer.from('x')]), /bytes after/],
    ['trailing zeros', (index) => Buffer.concat([index, Buffer.alloc(512)]), /bytes after/],
    ['an end that is missing', (index) => index.subarray(0, -20), /./],
    ['a member before the signature', (index) => Buffer.concat([gzipSync(''), index]), /./],
    ['no gzip at all', () => Buffer.from('<html>not found</html>'), /0 gzip members/],
    [
      'a bomb in it',
      async () =>
        Buffer.concat([
          await apkMember([{ name: '.SIGN.RSA.x.rsa.pub', data: 'x' }]),
          gzipSync(Buffer.alloc(80_000_000)),
        ]),
      /./,
    ],
    [
      'another file as signature',
      async (index) =>
        Buffer.concat([
          await apkMember([{ name: 'evil', data: 'x' }]),
          index.subarray(index.indexOf(Buffer.of(0x1f, 0x8b), 2)),
        ]),
      /where a signature must be/,
    ],
  ])('refuses an index with %s', async (_what, change, why) => {
    desk.files.set(PATH, await change(await signedIndex(indexText(packages), { key })))
    await expect(desk.load()).rejects.toMatchObject(refusal(why))
  })

  it('refuses an index without APKINDEX, and one that has it twice', async () => {
    const signature = await apkMember([{ name: '.SIGN.RSA.x.rsa.pub', data: 'x' }])
    const file = { name: 'APKINDEX', data: 'P:x\n' }
    desk.files.set(
      PATH,
      Buffer.concat([signature, await apkMember([{ name: 'DESCRIPTION', data: 'x' }], { end: true })]),
    )
    await expect(desk.load()).rejects.toMatchObject(refusal(/has no APKINDEX/))
    desk.files.set(PATH, Buffer.concat([signature, await apkMember([file, file], { end: true })]))
    await expect(desk.load()).rejects.toMatchObject(refusal(/twice/))
  })

  it.each<[string, (text: string) => string, RegExp]>([
    ['a field twice', (text) => text.replace('P:tool\n', 'P:tool\nP:evil\n'), /has P: twice/],
    ['C: twice', (text) => text.replace('C:', `C:Q1${'A'.repeat(27)}=\nC:`), /has C: twice/],
    ['no C:', (text) => text.replace(/^C:.*\n/, ''), /usable C:/],
    ['a C: of another kind', (text) => text.replace(/^C:.*/, 'C:Q2abc'), /usable C:/],
    ['a name that leaves the folder', (text) => text.replace('P:tool', 'P:../tool'), /cannot be read/],
    ['a version that leaves the folder', (text) => text.replace('V:1.0-r0', 'V:1/../../x'), /cannot be read/],
    [
      'an architecture that leaves the folder',
      (text) => text.replace('A:x86_64', 'A:../..'),
      /cannot be read/,
    ],
    ['no size', (text) => text.replace(/^S:.*\n/m, ''), /cannot be read/],
    ['CR', (text) => text.replace('\n', '\r\n'), /CR/],
    ['NUL', (text) => text.replace('tests', 'tes\0ts'), /NUL/],
    ['a line that is no field', (text) => text.replace('L:MIT', 'LICENSE MIT'), /no field/],
    ['one package twice', (text) => text + text.slice(0, text.indexOf('\n\n') + 2), /twice/],
  ])('refuses stanzas with %s', async (_what, change, why) => {
    await publish(change(indexText(packages)))
    const set = await desk.load()
    await expect(desk.claims(set)).rejects.toMatchObject(refusal(why))
  })

  it('refuses v3 indexes with a reason, and paths of other folders', () => {
    const ask = (path: string) => () => apkEcosystem.parseRequest('GET', path, desk.settings)
    expect(ask('/x86_64/Packages.adb')).toThrow(/v3/)
    for (const path of [
      '/aarch64/APKINDEX.tar.gz',
      '/APKINDEX.tar.gz',
      '/x86_64/x.txt',
      '/x86_64/%2e%2e%2fx.apk',
    ])
      expect(ask(path)).toThrow()
  })
})

describe('an apk index on the way out', () => {
  it('drops withheld stanzas and keeps the others byte for byte and in order', async () => {
    await publish()
    const rendering = await desk.render(await desk.load(), EVIL)
    const { text, description } = await parseApkIndex(await rendering.body('APKINDEX.tar.gz'), 'ours')
    expect(Buffer.from(text).toString()).toBe(indexText(packages.filter((_, at) => at !== 1)))
    expect(description).toBe('test v1 (sallyport 1)\n')
    expect(rendering.withheld).toHaveLength(1)
  })

  it('is signed by our key under its file name, with SHA-256 first', async () => {
    await publish()
    const { signatures, signed } = await parseApkIndex(
      await (await desk.render(await desk.load())).body('APKINDEX.tar.gz'),
      'ours',
    )
    const [ours] = desk.signer.rsaPublicKeys
    expect(signatures.map(({ algorithm, keyName }) => [algorithm, keyName])).toEqual([
      ['RSA256', ours?.name],
      ['RSA', ours?.name],
    ])
    for (const [at, digest] of ['RSA-SHA256', 'RSA-SHA1'].entries())
      expect(
        verify(
          digest,
          signed,
          createPublicKey(ours?.pem ?? ''),
          signatures[at]?.signature ?? Buffer.alloc(0),
        ),
      ).toBe(true)
  })

  it('is the same bytes for the same input', async () => {
    await publish()
    const set = await desk.load()
    const [first, second] = [await desk.render(set, EVIL), await desk.render(set, EVIL)]
    expect(first.documents).toEqual(second.documents)
  })

  it('tells which packages a generation lists, for `diff`', async () => {
    await publish()
    const { documents } = await desk.render(await desk.load(), EVIL)
    const listed: string[] = []
    const context = { settings: desk.settings, open: desk.open }
    for await (const one of apkEcosystem.listGeneration?.(documents, context) ?? [])
      listed.push(`${one.name}-${one.version} ${one.architecture}`)
    expect(listed).toEqual(
      packages.filter((_, at) => at !== 1).map(({ name, version }) => `${name}-${version} x86_64`),
    )
  })

  it('withholds all of an origin and version when that is asked for', async () => {
    await publish()
    const set = await desk.load()
    const options = desk.settings.options as Record<string, unknown>
    options['withholdSource'] = true
    try {
      const { withheld } = await desk.render(set, EVIL)
      expect(withheld.map(({ claim }) => `${claim.name}-${claim.version}`)).toEqual([
        'tool-2.0-r0',
        'tool-doc-2.0-r0',
      ])
    } finally {
      delete options['withholdSource']
    }
  })
})
