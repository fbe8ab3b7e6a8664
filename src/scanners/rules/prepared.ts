// Rules that were read, checked and taken apart once, kept as data: an examiner starts with them in a tenth of the time.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type DerivedPattern, derivedOf, keepRuleSet } from './compile.ts'
import type { RulePack } from './rule.ts'

export interface PreparedRules {
  /** Of the rule files, and of the code that checks them and takes them apart. */
  readonly digest: string
  readonly packs: readonly RulePack[]
  readonly derived: Readonly<Record<string, DerivedPattern>>
}

/** What prepared rules must be made of to stand for these folders. Hex. */
export function rulesDigest(folders: readonly string[]): string {
  const hash = createHash('sha256')
  const code = fileURLToPath(new URL('./', import.meta.url))
  for (const folder of [code, ...folders])
    for (const name of readdirSync(folder).sort()) {
      if (!/\.(?:ya?ml|json|ts)$/.test(name)) continue
      const bytes = readFileSync(join(folder, name))
      hash.update(`${folder}\0${name}\0${bytes.length}\0`).update(bytes)
    }
  return hash.digest('hex')
}

/** From packs that `loadRulePacks` accepted. */
export function prepareRules(packs: readonly RulePack[], folders: readonly string[]): PreparedRules {
  return { digest: rulesDigest(folders), packs, derived: Object.fromEntries(derivedOf(packs)) }
}

/** The packs, ready for the scanners; undefined when the text is not the prepared form of these very folders. */
export function usePrepared(text: string, folders: readonly string[]): readonly RulePack[] | undefined {
  try {
    const { digest, packs, derived } = JSON.parse(text) as PreparedRules
    if (digest !== rulesDigest(folders)) return undefined
    keepRuleSet(packs, new Map(Object.entries(derived)))
    return packs
  } catch {
    return undefined // Half-written or of another version: the rules are read from their own files.
  }
}

/** Changes when any rule changes in meaning: part of the examination key. Hex, 16 characters. */
export function rulesRevision(packs: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(packs)).digest('hex').slice(0, 16)
}
