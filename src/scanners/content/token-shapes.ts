// What makes a string more than a shape: checksums that providers put into their tokens, and the marks of placeholders.
import { crc32 } from 'node:zlib'

/** `verified`: the token carries proof that its provider made it. `wrong`: it has the shape and not the proof. */
export type Proof = 'verified' | 'unproved' | 'wrong'

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** Rule id to its check; rules without one are judged by shape, placeholder and entropy alone. */
export const PROOFS: Readonly<Record<string, (value: string) => Proof>> = {
  'secret-github-token': (value) => (value.startsWith('github_pat_') ? 'unproved' : crcProof(value.slice(4))),
  'secret-npm-token': (value) => crcProof(value.slice(4)),
  'secret-pypi-token': (value) => macaroonProof(value.slice(5)),
  'secret-chat-bot-token': chatBotProof,
}

/** GitHub and npm: thirty random letters, then their CRC-32 in six letters of base 62. */
function crcProof(letters: string): Proof {
  let rest = crc32(letters.slice(0, 30))
  let checksum = ''
  for (let digit = 0; digit < 6; digit += 1) {
    checksum = (BASE62[rest % 62] ?? '') + checksum
    rest = Math.floor(rest / 62)
  }
  return letters.slice(30) === checksum ? 'verified' : 'wrong'
}

/** PyPI tokens are macaroons in the binary format 2: version, field 1 (location) with its length, field 2 (identifier). */
function macaroonProof(encoded: string): Proof {
  const bytes = Buffer.from(encoded, 'base64url')
  const length = bytes[2] ?? 0
  const location = bytes.subarray(3, 3 + length).toString('latin1')
  const shaped = bytes[0] === 2 && bytes[1] === 1 && bytes[3 + length] === 2 && /^[a-z0-9.-]+$/.test(location)
  return shaped ? 'verified' : 'wrong'
}

/** Discord: the first part is the bot's number in base 64. Telegram has no such mark. */
function chatBotProof(value: string): Proof {
  if (/^\d/.test(value)) return 'unproved'
  const [first = ''] = value.split('.')
  return /^\d{17,20}$/.test(Buffer.from(first, 'base64url').toString('latin1')) ? 'verified' : 'wrong'
}

const PLACEHOLDER =
  /example|sample|placeholder|dummy|fake|your[_-]?|changeme|insert|replace|redacted|xxxx|\*\*\*|\.\.\.|<|\$\{|\{\{|process\.env|os\.environ|todo|test[_-]?(?:key|token|secret|pass)|foobar|lorem|deadbeef|abcdefgh|12345678|qwerty|s3cr3t|hunter2|passw/i

/** Words that only a placeholder has, one character many times, an alphabet in order. */
export function isPlaceholder(value: string): boolean {
  return PLACEHOLDER.test(value) || /(.)\1{5,}/.test(value) || new Set(value).size < 8
}

/** Shannon entropy in bits a character. */
export function entropy(value: string): number {
  const counts = new Map<string, number>()
  for (const letter of value) counts.set(letter, (counts.get(letter) ?? 0) + 1)
  let bits = 0
  for (const count of counts.values()) bits -= (count / value.length) * Math.log2(count / value.length)
  return bits
}
