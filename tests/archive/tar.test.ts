// The tar reader on archives of other writers, and on every header that two readers understand in two ways.
import { describe, expect, it } from 'vitest'
import { Budget } from '../../src/archive/budget.ts'
import { HazardLog } from '../../src/archive/hazards.ts'
import { readTar, type TarEntry, walkTar } from '../../src/archive/tar.ts'
import { type ErrorCode, GatewayError } from '../../src/model/errors.ts'
import { DEFAULT_READ_LIMITS, type ReadLimits } from '../../src/model/limits.ts'
import { readAll } from '../support/bytes.ts'
import { packTar } from '../support/pack-tar.ts'
import { paxEntry, paxRecord, type RawTarEntry, rawEntry, rawTar } from '../support/raw-tar.ts'

interface Read {
  readonly entries: readonly (TarEntry & { readonly text: string })[]
  readonly rules: readonly string[]
}

interface Failure {
  readonly error: true
  readonly code: ErrorCode
  readonly rule: unknown
}

/** Both readers, which must agree: the one over memory and the one over pieces of an odd length. */
async function read(archive: Buffer, limits: Partial<ReadLimits> = {}, endBlocks = true): Promise<Read> {
  const streamed = await outcome(() => readStreamed(archive, limits, endBlocks))
  const held = await outcome(async () => readHeld(archive, limits, endBlocks))
  expect(held).toEqual(streamed)
  if ('error' in held) throw new GatewayError(held.code, 'as both readers say', { rule: held.rule })
  return held
}

async function outcome(step: () => Promise<Read>): Promise<Read | Failure> {
  try {
    return await step()
  } catch (error) {
    const { code, facts } = error as GatewayError
    return { code, rule: facts['rule'], error: true }
  }
}

function readHeld(archive: Buffer, limits: Partial<ReadLimits>, endBlocks: boolean): Read {
  const { options, rules } = tarOptions(limits, endBlocks)
  const entries = [...walkTar(archive, options)].map(({ entry, content }) => ({
    ...entry,
    text: content.toString(),
  }))
  return { entries, rules: rules() }
}

async function readStreamed(archive: Buffer, limits: Partial<ReadLimits>, endBlocks: boolean): Promise<Read> {
  const { options, rules } = tarOptions(limits, endBlocks)
  const entries: (TarEntry & { text: string })[] = []
  for await (const { entry, content } of readTar(pieces(archive), options)) {
    entries.push({ ...entry, text: (await readAll(content)).toString() })
  }
  return { entries, rules: rules() }
}

function tarOptions(limits: Partial<ReadLimits>, endBlocks: boolean) {
  const hazards = new HazardLog()
  const budget = new Budget({ ...DEFAULT_READ_LIMITS, ...limits })
  const rules = () => [...new Set(hazards.findings.map(({ severity, rule }) => `${severity} ${rule}`))]
  return { options: { budget, hazards, endBlocks }, rules }
}

function* pieces(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += 777) yield bytes.subarray(at, at + 777)
}

describe('an honest archive', () => {
  it('of another writer is read whole without a finding', async () => {
    const long = `${'deep/'.repeat(30)}file`
    const { entries, rules } = await read(
      await packTar([
        { name: './' },
        { name: './a/', mode: 0o755 },
        { name: './a/b', data: 'bytes', mode: 0o4755, uname: 'root' },
        { name: long, data: 'far down' },
        { name: 'ünï', data: '' },
        { name: 'link', type: 'symlink', linkname: 'a/b' },
        { name: 'hard', type: 'link', linkname: 'a/b' },
      ]),
    )
    expect(rules).toEqual([])
    expect(entries.map(({ path, type, text }) => [path, type, text])).toEqual([
      ['./', 'directory', ''],
      ['./a/', 'directory', ''],
      ['./a/b', 'file', 'bytes'],
      [long, 'file', 'far down'],
      ['ünï', 'file', ''],
      ['link', 'symlink', ''],
      ['hard', 'hardlink', ''],
    ])
    expect(entries[2]).toMatchObject({ mode: 0o4755, owner: 'root', sizeBytes: 5 })
    expect(entries[5]).toMatchObject({ linkTarget: 'a/b' })
  })

  it('may have GNU long names, pax times and comments, old headers, base-256 numbers and no last padding', async () => {
    const gnu = 'ustar  \0'
    const name = 'n'.repeat(120)
    const archive = rawTar(
      paxEntry([['comment', 'made by a tool']], 'g'),
      { name: '././@LongLink', type: 'L', magic: gnu, data: `${name}\0` },
      { name: name.slice(0, 100), magic: gnu, data: 'long' },
      { name: '././@LongLink', type: 'K', magic: gnu, data: `${name}\0` },
      { name: 'link', magic: gnu, type: '2', linkname: name.slice(0, 100) },
      paxEntry([
        ['mtime', '1700000000.5'],
        ['SCHILY.xattr.user.note', 'any\nthing'],
      ]),
      { name: 'timed', data: 'x' },
      { ...paxEntry([['mtime', '1']]), linkname: 'PaxHeader' },
      { name: 'stamped', type: '2', linkname: 'timed' },
      { name: 'old/', magic: '', type: '\0' },
      { name: 'wide', size: Buffer.from('800000000000000000000002', 'hex'), data: 'ok' },
      { name: 'name', prefix: 'in/front', data: '' },
    )
    const { entries, rules } = await read(archive)
    expect(rules).toEqual([])
    expect(entries.map(({ path, text, linkTarget }) => [path, text, linkTarget])).toEqual([
      [name, 'long', undefined],
      ['link', '', name],
      ['timed', 'x', undefined],
      ['stamped', '', 'timed'],
      ['old/', '', undefined],
      ['wide', 'ok', undefined],
      ['in/front/name', '', undefined],
    ])
    expect(entries[2]?.mtime).toBe(1700000000.5)
    const unpadded = Buffer.concat([rawEntry({ data: 'xyz' }).subarray(0, 515)])
    expect((await read(unpadded)).entries[0]?.text).toBe('xyz')
  })

  it('without end blocks is said to be so, unless the format has none', async () => {
    const archive = rawEntry({ data: 'x' })
    expect((await read(archive)).rules).toEqual(['low archive-tar-no-end'])
    expect((await read(archive, {}, false)).rules).toEqual([])
  })

  it('may be followed by zeros', async () => {
    expect((await read(Buffer.concat([rawTar({}), Buffer.alloc(9000)]))).rules).toEqual([])
  })
})

const HOSTILE: readonly (readonly [string, Buffer, string])[] = [
  [
    'data after the end',
    Buffer.concat([rawTar({}), rawEntry({ name: 'hidden', data: 'x' })]),
    'critical archive-trailing-data',
  ],
  [
    'an entry after one zero block',
    rawTar({}, Buffer.alloc(512), { name: 'more' }),
    'critical archive-tar-lone-zero-block',
  ],
  [
    'two sizes',
    rawTar(paxEntry([['size', '3']]), { data: 'abc', size: 0 }),
    'critical archive-tar-size-override',
  ],
  [
    'two pax paths',
    rawTar(
      paxEntry([
        ['path', 'a'],
        ['path', 'b'],
      ]),
      {},
    ),
    'critical archive-tar-pax-twice',
  ],
  [
    'a path for all entries',
    rawTar(paxEntry([['path', 'evil']], 'g'), {}),
    'critical archive-tar-global-override',
  ],
  [
    'two pax headers',
    rawTar(paxEntry([['path', 'a']]), paxEntry([['path', 'b']]), {}),
    'critical archive-tar-two-names',
  ],
  [
    'pax path and long name',
    rawTar({ type: 'L', data: 'a\0' }, paxEntry([['path', 'b']]), {}),
    'critical archive-tar-two-names',
  ],
  [
    'two long names',
    rawTar({ type: 'L', data: 'a\0' }, { type: 'L', data: 'b\0' }, {}),
    'critical archive-tar-two-names',
  ],
  [
    'a record hidden in the value of another',
    rawTar(paxEntry([['comment', `x\n${paxRecord('path', 'evil').toString().trimEnd()}`]]), {}),
    'critical archive-tar-pax-ambiguous',
  ],
  [
    'a prefix with the GNU magic',
    rawTar({ magic: 'ustar  \0', prefix: 'evil' }),
    'critical archive-tar-ambiguous-prefix',
  ],
  ['a GNU sparse file', rawTar({ type: 'S', magic: 'ustar  \0' }), 'critical archive-tar-sparse'],
  ['a pax sparse file', rawTar(paxEntry([['GNU.sparse.major', '1']]), {}), 'critical archive-tar-sparse'],
  ['an unknown type', rawTar({ type: 'Z', data: 'x' }), 'critical archive-tar-type'],
  ['an old Solaris header', rawTar(paxEntry([['mtime', '1']], 'X'), {}), 'critical archive-tar-type'],
  [
    'a file named as a directory',
    rawTar({ name: 'a/', data: 'x' }),
    'critical archive-tar-file-as-directory',
  ],
  [
    'a directory with a size',
    rawTar({ name: 'a/', type: '5', size: 512 }),
    'critical archive-tar-sized-nonfile',
  ],
  [
    'a link with a size',
    rawTar({ type: '2', linkname: 'x', size: 512 }),
    'critical archive-tar-sized-nonfile',
  ],
  [
    'an extension header at the end',
    rawTar(paxEntry([['path', 'a']])),
    'high archive-tar-dangling-extension',
  ],
  ['a mode that is no number', rawTar({ mode: '08z\0' }), 'low archive-tar-number'],
  ['a name that is not UTF-8', rawTar({ name: Buffer.from([0x61, 0xff]) }), 'low archive-name-encoding'],
]

describe('what readers see differently', () => {
  it.each(HOSTILE)('%s', async (_what, archive, rule) => {
    expect((await read(archive)).rules).toEqual([rule])
  })
})

const REFUSED: readonly (readonly [string, RawTarEntry | Buffer, string])[] = [
  ['a wrong checksum', { checksum: '0000001\0' }, 'archive-tar-checksum'],
  ['a checksum that is no number', { checksum: 'abcdefgh' }, 'archive-tar-checksum'],
  ['a negative size', { size: Buffer.from('ffffffffffffffffffffffff', 'hex') }, 'archive-tar-size'],
  ['a size beyond all numbers', { size: Buffer.from('80ffffffffffffffffffffff', 'hex') }, 'archive-tar-size'],
  ['a size with junk', { size: '000000012x7\0' }, 'archive-tar-size'],
  ['a size that is empty of digits but not of signs', { size: '-0000000001\0' }, 'archive-tar-size'],
  ['a pax record that lies about its length', { ...paxEntry([]), data: '99 path=a\n' }, 'archive-tar-pax'],
  ['a pax record without end', { ...paxEntry([]), data: '8 path=ab' }, 'archive-tar-pax'],
  [
    'a pax size that is no whole number',
    Buffer.concat([rawEntry(paxEntry([['size', '5.0']])), rawEntry({ data: '12345' })]),
    'archive-tar-size',
  ],
  ['an extension header of many megabytes', { type: 'x', size: 2 ** 24 }, 'archive-tar-extension-size'],
  ['text instead of a header', Buffer.from('x'.repeat(512)), 'archive-tar-checksum'],
]

describe('what cannot be read in one way', () => {
  it.each(REFUSED)('%s is refused', async (_what, part, rule) => {
    await expect(read(rawTar(part))).rejects.toMatchObject({ code: 'PACKAGE_INVALID', facts: { rule } })
  })

  it('is an archive that ends within a header or content, wherever that is', async () => {
    const archive = rawTar({ data: 'x'.repeat(700) }, { name: 'second', data: 'y' })
    for (let end = 1; end < archive.length; end += 97) {
      const cut = archive.subarray(0, end)
      const result = await outcome(() => read(cut))
      if ('error' in result)
        expect(result).toMatchObject({ code: 'PACKAGE_INVALID', rule: 'archive-truncated' })
      else expect(result.rules).toEqual(['low archive-tar-no-end'])
    }
  })
})

describe('limits', () => {
  it('count entries', async () => {
    await expect(read(rawTar({}, {}, {}), { maxEntries: 2 })).rejects.toMatchObject({
      code: 'TOO_LARGE',
      facts: { rule: 'archive-limit-entries' },
    })
  })

  it('measure paths in bytes', async () => {
    await expect(read(rawTar({ name: 'ü'.repeat(20) }), { maxPathBytes: 30 })).rejects.toMatchObject({
      facts: { rule: 'archive-limit-path' },
    })
  })
})
