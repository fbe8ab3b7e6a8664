// What apk does with an index and a package, written down again from its documents without a line of the gateway's own code.
import { createHash, createPublicKey, verify } from 'node:crypto'
import { constants, gunzipSync, inflateRawSync } from 'node:zlib'

const DIGESTS: Readonly<Record<string, string>> = { RSA: 'sha1', RSA256: 'sha256', RSA512: 'sha512' }

/** End offsets of the gzip members of a file, found by inflating each. Members made by tar tools have plain headers. */
export function memberEnds(bytes: Buffer): number[] {
  const ends: number[] = []
  for (let start = 0; start < bytes.length; ) {
    if (bytes.readUInt16BE(start) !== 0x1f8b || bytes[start + 3] !== 0)
      throw new Error(`no plain gzip member at ${start}`)
    const { engine } = inflateRawSync(bytes.subarray(start + 10), {
      info: true,
      finishFlush: constants.Z_SYNC_FLUSH,
    } as never) as unknown as { engine: { bytesWritten: number } }
    start += 10 + engine.bytesWritten + 8
    ends.push(start)
  }
  return ends
}

/** Names and contents of plain ustar entries. */
function tarFiles(tar: Buffer): Map<string, Buffer> {
  const files = new Map<string, Buffer>()
  for (let at = 0; at + 512 <= tar.length && tar[at] !== 0; ) {
    const name = tar.toString('latin1', at, at + 100).replace(/\0.*$/s, '')
    const size = Number.parseInt(tar.toString('latin1', at + 124, at + 136), 8)
    files.set(name, tar.subarray(at + 512, at + 512 + size))
    at += 512 + Math.ceil(size / 512) * 512
  }
  return files
}

/**
 * apk: one signature by a key whose file name is the one in the signature's name suffices. `keys` is /etc/apk/keys. Returns the
 * stanzas. Throws `UNTRUSTED signature` like apk.
 */
export function readIndexAsApk(
  bytes: Buffer,
  keys: Readonly<Record<string, string>>,
  accepts: readonly string[] = Object.keys(DIGESTS),
): Record<string, string>[] {
  const [first = 0, second] = memberEnds(bytes)
  const signed = bytes.subarray(first)
  const trusted = [...tarFiles(gunzipSync(bytes.subarray(0, first)))].some(([name, signature]) => {
    const [, algorithm = '', keyName = ''] = /^\.SIGN\.(\w+)\.(.+)$/.exec(name) ?? []
    const pem = keys[keyName]
    const digest = DIGESTS[algorithm]
    return (
      pem !== undefined &&
      digest !== undefined &&
      accepts.includes(algorithm) &&
      verify(digest, signed, createPublicKey(pem), signature)
    )
  })
  if (!trusted) throw new Error('UNTRUSTED signature')
  if (second !== bytes.length) throw new Error('file format is invalid or inconsistent')
  const text = tarFiles(gunzipSync(signed)).get('APKINDEX')?.toString() ?? ''
  return text
    .split('\n\n')
    .filter((stanza) => stanza.trim() !== '')
    .map((stanza) =>
      Object.fromEntries(
        stanza
          .split('\n')
          .filter(Boolean)
          .map((line) => [line.slice(0, 1), line.slice(2)]),
      ),
    )
}

/** `C:` against the control member, `datahash` against the data member. */
export function checkPackageAsApk(bytes: Buffer, stanza: Readonly<Record<string, string>>): void {
  const ends = memberEnds(bytes)
  const [control, data] = ends.length === 3 ? [1, 2] : [0, 1]
  const member = (at: number) => bytes.subarray(at === 0 ? 0 : ends[at - 1], ends[at])
  const identity = `Q1${createHash('sha1').update(member(control)).digest('base64')}`
  if (identity !== stanza['C']) throw new Error('v2 package integrity error')
  const info =
    tarFiles(gunzipSync(member(control)))
      .get('.PKGINFO')
      ?.toString() ?? ''
  const datahash = /^datahash = ([0-9a-f]{64})$/m.exec(info)?.[1]
  if (datahash !== createHash('sha256').update(member(data)).digest('hex'))
    throw new Error('v2 package integrity error')
}
