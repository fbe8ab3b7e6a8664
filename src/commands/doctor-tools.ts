// What `doctor` tells of other programs and of the walls around examinations: version, age, use, and what absence means.
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { type Config, TOOL_NAMES } from '../config/config.ts'
import { TOOL_HELP } from '../config/tools.ts'
import { isolationOf, programVersion } from '../machine-run.ts'
import type { CommandIo } from './command.ts'
import type { Check } from './doctor.ts'

const MEBIBYTE = 1024 * 1024
const DAY_MS = 86_400_000

/** One line a tool. Programs are asked for their version only when they are configured. */
export function toolChecks({ tools }: Config, { env }: CommandIo): Promise<readonly Check[]> {
  return Promise.all(
    TOOL_NAMES.map(async (name): Promise<Check> => {
      const { mode, path, address } = tools[name]
      const { programs, usedFor, without, install } = TOOL_HELP[name]
      const found =
        path ?? programs.flatMap((program) => findProgram(program, env['PATH']) ?? [])[0] ?? address
      const told = found === undefined || mode === 'off' ? '' : await versionOf(found)
      const text = `${mode}; ${found ?? `not found (${install})`}${told}; for ${usedFor}; without it: ${without}`
      if (found !== undefined || mode === 'off') return { section: 'tools', name, state: 'ok', text }
      return { section: 'tools', name, state: mode === 'required' ? 'missing' : 'note', text }
    }),
  )
}

/** What an examiner process cannot do here; what this platform does not allow is noted. */
export async function isolationChecks({ limits }: Config): Promise<readonly Check[]> {
  const megabytes = Math.ceil(limits.examinerMemoryBytes / MEBIBYTE)
  const { networkIsolated, addressSpaceLimited, notes } = await isolationOf(megabytes)
  const line = (name: string, holds: boolean, text: string): Check => ({
    section: 'isolation of examinations',
    name,
    state: holds ? 'ok' : 'note',
    text,
  })
  return [
    line('files', true, "reads the artifact and our own files only, writes none: Node's permission model"),
    line('network', networkIsolated, networkIsolated ? 'none: a namespace of its own' : 'not taken away'),
    line(
      'memory',
      addressSpaceLimited,
      addressSpaceLimited ? `at most ${megabytes} MiB` : 'only the heap is limited',
    ),
    ...notes.map((note) => line('', false, note)),
  ]
}

/** The first line of `--version`; ClamAV adds the date of its signatures. */
async function versionOf(program: string): Promise<string> {
  const told = program.startsWith('/') ? await programVersion(program) : undefined
  if (told === undefined) return '; does not tell its version'
  const [version = '', , date] = told.split('/')
  return `; ${version.slice(0, 60)}${dataAge(date)}`
}

function dataAge(date: string | undefined): string {
  const made = Date.parse(date ?? '')
  if (Number.isNaN(made)) return ', age of its data unknown'
  return `, data ${Math.max(0, Math.round((Date.now() - made) / DAY_MS))} days old`
}

function findProgram(program: string, path: string | undefined): string | undefined {
  return (path ?? '')
    .split(delimiter)
    .map((folder) => join(folder, program))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK)
        return true
      } catch {
        return false
      }
    })
}
