// Reads rule packs from a folder and refuses to start with one that is broken, unsafe or ambiguous.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import { parse } from 'yaml'
import { GatewayError } from '../../model/errors.ts'
import { ruleSetOf } from './compile.ts'
import type { RulePack } from './rule.ts'

/**
 * All `*.yaml` packs of `folders`, in order of folder and name, plain data that can be sent to the examiner.
 * The first folder holds `schema.json`. Throws CONFIG_INVALID with the file and the reason.
 */
export function loadRulePacks(...folders: readonly [string, ...string[]]): RulePack[] {
  const validate = new Ajv({ allErrors: true, allowUnionTypes: true, strict: false }).compile<RulePack>(
    JSON.parse(readFileSync(join(folders[0], 'schema.json'), 'utf8')),
  )
  const packs = folders.flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.endsWith('.yaml'))
      .sort()
      .map((name) => {
        const file = join(folder, name)
        const pack = parsePack(file)
        if (validate(pack)) return pack
        const problems = (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message}`)
        throw new GatewayError('CONFIG_INVALID', `${file}: ${problems.join('; ')}`, { file, problems })
      }),
  )
  ruleSetOf(packs) // Throws for a pattern that is unsafe; what is compiled is kept for the scanners.
  return packs
}

function parsePack(file: string): unknown {
  try {
    return parse(readFileSync(file, 'utf8'))
  } catch (cause) {
    throw new GatewayError('CONFIG_INVALID', `${file} is not readable YAML`, { file }, { cause })
  }
}
