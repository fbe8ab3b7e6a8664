// Prepares rules once for all examiners, in a folder that only the gateway's user can write.
import { createHash, randomUUID } from 'node:crypto'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isPrepared, prepareRules } from '../rules/prepared.ts'

/**
 * The file with the prepared rules of `folders`, made anew when rules or the code that reads them changed. Undefined when it cannot be made:
 * examiners then read the rules themselves, and tell what is wrong with them.
 */
export async function preparedRulesFile(
  cacheFolder: string,
  folders: readonly [string, ...string[]],
): Promise<string | undefined> {
  const name = createHash('sha256').update(JSON.stringify(folders)).digest('hex').slice(0, 32)
  const file = join(cacheFolder, `rules-${name}.json`)
  try {
    if (isPrepared(await readFile(file, 'utf8').catch(() => ''), folders)) return file
    const { loadRulePacks } = await import('../rules/load.ts')
    const unfinished = `${file}.${randomUUID()}`
    await writeFile(unfinished, JSON.stringify(prepareRules(loadRulePacks(...folders), folders)), {
      mode: 0o600,
    })
    await rename(unfinished, file)
    return file
  } catch {
    return undefined
  }
}
