// Raw request paths into segments: one spelling in, one canonical spelling out, everything else refused.
import { GatewayError } from '../model/errors.ts'

// C0, DEL, backslash, and characters that no registry path needs and that parsers read differently (RFC 3986 section 2).
const HOSTILE = /[\u0000-\u0020\u007f\\"<>^`{|}]/
const ENCODED = /%[0-9a-f]{2}/i
const MAX_PATH_CHARACTERS = 2048

/**
 * Splits a raw path (as sent, `/` first, no query) into segments, each percent-decoded exactly once.
 * Throws BAD_REQUEST for control characters, backslash, empty, `.` and `..` segments, broken or double encoding.
 * A decoded segment may contain `/` (npm sends `@scope%2fname`); the caller decides where that is legal.
 */
export function splitRequestPath(path: string): string[] {
  if (path.length > MAX_PATH_CHARACTERS)
    throw refused(path, `is longer than ${MAX_PATH_CHARACTERS} characters`)
  if (!path.startsWith('/')) throw refused(path, 'does not begin with /')
  return path
    .slice(1)
    .split('/')
    .map((segment) => decodeSegment(segment, path))
}

function decodeSegment(segment: string, path: string): string {
  const decoded = decodeOnce(segment, path)
  if (decoded === '') throw refused(path, 'has an empty segment')
  if (HOSTILE.test(decoded)) throw refused(path, 'has a character that no package path contains')
  if (ENCODED.test(decoded)) throw refused(path, 'is percent-encoded twice')
  if (decoded.split('/').some((part) => part === '.' || part === '..' || part === ''))
    throw refused(path, 'has a . or .. segment')
  return decoded
}

function decodeOnce(segment: string, path: string): string {
  if (!segment.includes('%')) return segment
  try {
    return decodeURIComponent(segment)
  } catch {
    throw refused(path, 'is not valid percent-encoding')
  }
}

function refused(path: string, why: string): GatewayError {
  return new GatewayError('BAD_REQUEST', `the path ${why}`, { path: path.slice(0, 200) })
}
