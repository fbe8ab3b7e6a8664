// Entry paths: one clean spelling, and everything about a single path that a client could understand otherwise.
import type { HazardLog } from './hazards.ts'

/**
 * What the paths are relative to. `directory`: a folder of the client's choice that nothing may leave (npm, wheel, sdist).
 * `system`: the root of a machine, always Unix, where absolute links are ordinary (deb, rpm, apk).
 */
export type PathRoot = 'directory' | 'system'

const MAX_PART_BYTES = 255
const DRIVE_LETTER = /^[A-Za-z]:/
const CONTROL = /[\u0001-\u001f\u007f]/

/** The path without `.` and empty parts, as every unpacker lays it down; `..` stays and is a finding. */
export function cleanPath(path: string): string {
  if (!path.startsWith('.') && !path.endsWith('/') && !/\/[./]|^\//.test(path)) return path
  return path
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/')
}

/** Reports what is dangerous or ambiguous in one path as the archive spells it. */
export function reportPath(path: string, root: PathRoot, hazards: HazardLog): void {
  if (isPlain(path)) return
  const parts = path.split('/')
  if (path.includes('\0')) report('archive-nul-name', 'critical', 'a NUL in a path', path, hazards, CUTS)
  if (path.startsWith('/'))
    report('archive-absolute-path', 'critical', 'an absolute path', path, hazards, ESCAPES)
  if (parts.includes('..')) report('archive-traversal', 'critical', 'a path with ..', path, hazards, ESCAPES)
  if (CONTROL.test(path))
    report('archive-control-character', 'medium', 'a control character in a path', path, hazards)
  if (parts.some((part) => Buffer.byteLength(part) > MAX_PART_BYTES)) {
    report('archive-long-name', 'medium', `a name of more than ${MAX_PART_BYTES} bytes`, path, hazards)
  }
  if (hasOddParts(parts)) report('archive-odd-path', 'low', 'a path with empty or . parts', path, hazards)
  if (root === 'directory') reportWindowsForms(path, hazards)
}

const ESCAPES = 'It can be written outside the folder that the package is unpacked to.'
const CUTS = 'Some readers cut the name there and others do not.'

function report(
  rule: string,
  severity: 'critical' | 'medium' | 'low',
  title: string,
  file: string,
  hazards: HazardLog,
  detail?: string,
): void {
  hazards.report(rule, severity, title, { file, ...(detail === undefined ? {} : { detail }) })
}

// Most paths: nothing to look at closely.
function isPlain(path: string): boolean {
  return (
    path.length <= MAX_PART_BYTES &&
    /^[\w@+~-][\w@+~ ,=()[\]-]*(?:[./][\w@+~-][\w@+~ ,=()[\]-]*)*\/?$/.test(path)
  )
}

// `./` in front and `/` at the end are how ordinary tools write; the same inside is not.
function hasOddParts(parts: readonly string[]): boolean {
  const inner = parts.slice(parts[0] === '.' || parts[0] === '' ? 1 : 0, parts.at(-1) === '' ? -1 : undefined)
  return inner.some((part) => part === '' || part === '.')
}

function reportWindowsForms(path: string, hazards: HazardLog): void {
  if (
    path.split('/').some((part) => DRIVE_LETTER.test(part) && part.length <= 3) ||
    DRIVE_LETTER.test(path)
  ) {
    report('archive-drive-letter', 'critical', 'a path with a Windows drive', path, hazards, ESCAPES)
  }
  if (!path.includes('\\')) return
  const climbs = path.startsWith('\\') || path.split(/[\\/]/).includes('..')
  report(
    'archive-backslash',
    climbs ? 'critical' : 'medium',
    'a backslash in a path',
    path,
    hazards,
    BACKSLASH,
  )
}

const BACKSLASH = 'On Windows it separates folders, elsewhere it is part of the name.'
