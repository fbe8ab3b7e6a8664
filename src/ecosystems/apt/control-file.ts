// The control file of a binary .deb: one stanza of `Field: value` lines, deb-control(5).
import { invalidPackage } from '../../archive/refusal.ts'
import type { Dependency } from '../../model/package-contents.ts'

export interface ControlFile {
  /** Values by field name in lower case; continuation lines joined with newlines. */
  readonly fields: ReadonlyMap<string, string>
  /** Field names as they are spelled, for the manifest. */
  readonly spelled: Readonly<Record<string, string>>
  /** Fields that occur twice: dpkg and apt may take different ones. */
  readonly repeated: readonly string[]
  /** Whether a second stanza follows. */
  readonly hasMore: boolean
}

/** Parses strictly. Throws PACKAGE_INVALID for NUL, CR, a line that is no field and a continuation of nothing. */
export function parseControlFile(text: string): ControlFile {
  if (/[\0\r]/.test(text)) throw invalidPackage('deb-control-syntax', 'the control file has NUL or CR in it')
  const [stanza = '', ...more] = text.replace(/^\n+/, '').split(/\n[ \t]*\n/)
  const fields = new Map<string, string>()
  const spelled: Record<string, string> = {}
  const repeated: string[] = []
  for (const line of joinContinuations(stanza)) {
    const field = /^([!-9;-~]+):[ \t]*([\s\S]*)$/.exec(line)
    if (!field)
      throw invalidPackage('deb-control-syntax', 'the control file has a line that is no field', { line })
    const [, name = '', value = ''] = field
    const key = name.toLowerCase()
    if (fields.has(key)) repeated.push(name)
    fields.set(key, value.trimEnd())
    spelled[name] = value.trimEnd()
  }
  return { fields, spelled, repeated, hasMore: more.some((part) => part.trim() !== '') }
}

/** A line that begins with a blank belongs to the field before it. */
function joinContinuations(stanza: string): string[] {
  const lines: string[] = []
  for (const line of stanza.split('\n')) {
    if (line.trim() === '') continue
    const last = lines.length - 1
    if (!/^[ \t]/.test(line)) lines.push(line)
    else if (last < 0)
      throw invalidPackage('deb-control-syntax', 'the control file begins with a continuation')
    else lines[last] += `\n${line}`
  }
  return lines
}

const DEPENDENCY_FIELDS = [
  ['pre-depends', 'runtime'],
  ['depends', 'runtime'],
  ['recommends', 'optional'],
  ['suggests', 'optional'],
] as const

/** Every alternative of every relation: `a | b (>= 1)` is two dependencies. */
export function controlDependencies(control: ControlFile): Dependency[] {
  return DEPENDENCY_FIELDS.flatMap(([field, kind]) =>
    (control.fields.get(field) ?? '')
      .split(/[,|]/)
      .map((relation) => relation.trim())
      .filter((relation) => relation !== '')
      .map((relation) => ({ ...parseRelation(relation), kind })),
  )
}

function parseRelation(relation: string): { name: string; specifier: string } {
  const match = /^([^\s(:]+)(?::\S+)?\s*(?:\(([^)]*)\))?/.exec(relation)
  return { name: match?.[1] ?? relation, specifier: match?.[2]?.trim() ?? '' }
}
