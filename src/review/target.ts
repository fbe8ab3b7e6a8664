// What an exception is about, as people write it: a package URL, a digest, a range of versions.
import { GatewayError } from '../model/errors.ts'
import { parsePurl } from '../model/purl.ts'
import type { Waiver } from '../model/waiver.ts'
import { versionPatternProblem } from '../policy/version-range.ts'

export type Target = Pick<Waiver, 'type' | 'name' | 'version' | 'versions' | 'sha256'>

/** `pkg:npm/left-pad@1.3.0`, `pkg:npm/left-pad` with or without a range, or a SHA-256 in hex. Throws BAD_REQUEST. */
export function targetOf(text: string, versions?: string): Target {
  const sha256 = /^(?:sha256:)?([0-9a-f]{64})$/.exec(text)?.[1]
  if (sha256 !== undefined) {
    if (versions !== undefined) throw bad('a digest has no range of versions')
    return { sha256 }
  }
  const purl = parsePurl(text)
  if (versions === undefined) return purl
  if (purl.version !== undefined) throw bad('give a version or a range, not both')
  const range = versions.startsWith('vers:') ? versions : `vers:${purl.type}/${versions}`
  // Taken for a version by vers, and meant otherwise by everybody who writes it.
  if (/[/|][<>=!]*[~^]/.test(range)) throw bad(`${versions}: write the bounds, e.g. >=1.2.0|<2.0.0`)
  const problem = versionPatternProblem(range)
  if (problem !== undefined) throw bad(`${versions}: ${problem}`)
  if (!range.startsWith(`vers:${purl.type}/`)) throw bad(`${versions} is a range of another ecosystem`)
  return { ...purl, versions: range }
}

/** One short text for logs and lists. */
export function subjectOf({ type, name, version, versions, sha256 }: Target): string {
  if (name === undefined) return sha256 === undefined ? 'every package' : `sha256:${sha256}`
  const at = version ?? versions
  const bytes = sha256 === undefined ? '' : `#${sha256.slice(0, 16)}`
  return `pkg:${type}/${name}${at === undefined ? '' : `@${at}`}${bytes}`
}

function bad(message: string): GatewayError {
  return new GatewayError('BAD_REQUEST', message, { arguments: true })
}
