// The licence of a Debian package, which only its copyright file tells, in the machine-readable form if at all (DEP 5).

const MOST_LICENCES = 20

/** `MIT AND GPL-2+` in the order of the file; undefined for a copyright file in free text. */
export function copyrightLicence(text: string): string | undefined {
  if (!/^Format(?:-Specification)?:/m.test(text.slice(0, 2000))) return undefined
  const names = new Set<string>()
  for (const [, name] of text.matchAll(/^Licen[sc]e:[ \t]*(\S[^\n]*)$/gim)) {
    if (name && names.size < MOST_LICENCES) names.add(bracketed(name.trim()))
  }
  return names.size === 0 ? undefined : [...names].join(' AND ')
}

/** `A or B` joined with others by AND would read as another licence. */
function bracketed(name: string): string {
  return /\s(?:or|and)\s/i.test(name) ? `(${name})` : name
}
