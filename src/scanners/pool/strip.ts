// The examiner's own code without its types, made once: stripping them is half of what a start of an examiner costs.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { dirname, join, sep } from 'node:path'
import { pathToFileURL } from 'node:url'

/** What an examiner imports of src/. */
const FOLDERS = ['ecosystems', 'scanners', 'archive', 'model', 'advisories']

export interface StrippedCode {
  /** Of the files as they lie on disk, and of the Node that stripped them. */
  readonly digest: string
  /** JavaScript by `file:` URL. */
  readonly modules: Readonly<Record<string, string>>
}

/** Bytes of every file that may be needed, and the digest of all of them. */
export function readCode(
  entry: string,
  nodeVersion: string,
): { readonly digest: string; readonly texts: ReadonlyMap<string, string> } {
  const root = dirname(entry)
  const texts = new Map([[entry, readFileSync(entry, 'utf8')]])
  for (const folder of FOLDERS)
    for (const name of readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).sort())
      if (name.endsWith('.ts') && !name.endsWith('.d.ts')) {
        const path = `${root}${sep}${folder}${sep}${name}`
        texts.set(path, readFileSync(path, 'utf8'))
      }
  const hash = createHash('sha256').update(nodeVersion)
  for (const [path, text] of texts) hash.update(`\0${path}\0${text.length}\0`).update(text)
  return { digest: hash.digest('hex'), texts }
}

export function stripCode({ digest, texts }: ReturnType<typeof readCode>): StrippedCode {
  const modules = [...texts].map(([path, text]) => [pathToFileURL(path).href, stripTypeScriptTypes(text)])
  return { digest, modules: Object.fromEntries(modules) }
}
