// Prepares once, in a folder that only the gateway's user can write, what every examiner would else do again: reading rules, stripping types.
import { createHash, randomUUID } from 'node:crypto'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { prepareRules, rulesDigest } from '../rules/prepared.ts'
import { readCode, stripCode } from './strip.ts'

/**
 * The file with the prepared rules of `folders`, made anew when rules or the code that reads them changed. Undefined when it cannot be made:
 * examiners then read the rules themselves, and tell what is wrong with them.
 */
export function preparedRulesFile(
  cacheFolder: string,
  folders: readonly [string, ...string[]],
): Promise<string | undefined> {
  return prepared(join(cacheFolder, `rules-${nameOf(folders)}.json`), () => ({
    digest: rulesDigest(folders),
    async make() {
      const { loadRulePacks } = await import('../rules/load.ts')
      return prepareRules(loadRulePacks(...folders), folders)
    },
  }))
}

/** The same for our own code; examiners without it strip the types themselves. */
export function strippedCodeFile(
  cacheFolder: string,
  entry: string,
  nodeVersion: string,
): Promise<string | undefined> {
  return prepared(join(cacheFolder, `examiner-${nameOf([entry])}.json`), () => {
    const code = readCode(entry, nodeVersion)
    return { digest: code.digest, make: async () => stripCode(code) }
  })
}

/** A JSON object that begins with its digest. */
async function prepared(
  file: string,
  source: () => { readonly digest: string; make(): Promise<{ readonly digest: string }> },
): Promise<string | undefined> {
  try {
    const { digest, make } = source()
    const text = await readFile(file, 'utf8').catch(() => '')
    if (text.startsWith(`{"digest":"${digest}"`) && text.endsWith('}')) return file
    const unfinished = `${file}.${randomUUID()}`
    await writeFile(unfinished, JSON.stringify(await make()), { mode: 0o600 })
    await rename(unfinished, file)
    return file
  } catch {
    return undefined
  }
}

function nameOf(paths: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(paths)).digest('hex').slice(0, 32)
}
