// Is it really a private key? A header alone is in every library that writes keys; the body must be one.
import { createPrivateKey } from 'node:crypto'

export type PrivateKey = 'usable' | 'encrypted' | 'broken'

const MAX_KEY_CHARACTERS = 20_000

/** `text` begins at the header; line breaks may be written as `\n` inside a string literal. */
export function privateKeyAt(text: string): PrivateKey {
  const block = text
    .slice(0, MAX_KEY_CHARACTERS)
    .replace(/\\r|\r/g, '')
    .replace(/\\n/g, '\n')
  const match = /^-----BEGIN ([A-Z ]{0,20}PRIVATE KEY(?: BLOCK)?)-----([^-]{1,16000})-----END \1-----/.exec(
    block,
  )
  const [, kind = '', body = ''] = match ?? []
  if (match === null) return 'broken'
  if (kind.startsWith('PGP')) return body.length > 200 ? 'usable' : 'broken'
  if (kind.startsWith('ENCRYPTED') || /^\s*Proc-Type:.*ENCRYPTED/m.test(body)) return 'encrypted'
  const base64 = joinedBody(body)
  return kind.startsWith('OPENSSH') ? opensshKey(base64) : pemKey(kind, base64)
}

/** Lines as they are, or what stands between the quotes of a literal that is joined over lines. */
function joinedBody(body: string): string {
  return body
    .split('\n')
    .map((line) => /["'`]([A-Za-z0-9+/=]*)/.exec(line)?.[1] || line.replace(/["'`]/g, '').trim())
    .filter((line) => /^[A-Za-z0-9+/]{2,}={0,2}$/.test(line)) // base64 comes in fours, a lone + joins a literal
    .join('')
}

function pemKey(kind: string, base64: string): PrivateKey {
  if (!/^[A-Za-z0-9+/]{40,}={0,2}$/.test(base64)) return 'broken'
  const lines = base64.match(/.{1,64}/g) ?? []
  try {
    createPrivateKey(`-----BEGIN ${kind}-----\n${lines.join('\n')}\n-----END ${kind}-----\n`)
    return 'usable'
  } catch {
    return 'broken' // truncated or made up: no key
  }
}

/** openssh-key-v1: magic, then the cipher's name as a length-prefixed string (PROTOCOL.key of OpenSSH). */
function opensshKey(base64: string): PrivateKey {
  const bytes = Buffer.from(base64, 'base64')
  const magic = 'openssh-key-v1\0'
  if (bytes.length < 100 || bytes.subarray(0, magic.length).toString('latin1') !== magic) return 'broken'
  const length = bytes.readUInt32BE(magic.length)
  const cipher = bytes.subarray(magic.length + 4, magic.length + 4 + Math.min(length, 40)).toString('latin1')
  return cipher === 'none' ? 'usable' : 'encrypted'
}
