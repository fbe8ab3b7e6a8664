// Project names as PEP 503 and PEP 508 spell them.

const NAME = /^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$/
const MAX_NAME_CHARACTERS = 200

/** Lower case, runs of `-`, `_` and `.` as one `-` (PEP 503). */
export function normaliseName(name: string): string {
  return name.replace(/[-_.]+/g, '-').toLowerCase()
}

/** Whether this may be the name of a project, in any of its spellings (PEP 508). */
export function isProjectName(name: string): boolean {
  return name.length <= MAX_NAME_CHARACTERS && NAME.test(name)
}

/** Whether a reserved name or glob of the configuration, in any spelling, covers a normalised name. `*` is any run of characters. */
export function coversName(pattern: string, name: string): boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[-_.]+/g, '-').toLowerCase())
  const source = parts.map((part) =>
    part.replace(/[^a-z0-9-]/g, (mark) => `\\u{${mark.codePointAt(0)?.toString(16)}}`),
  )
  return new RegExp(`^${source.join('.*')}$`, 'u').test(name)
}
