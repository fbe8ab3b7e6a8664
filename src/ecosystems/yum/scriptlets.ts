// Everything in an rpm header that runs: scriptlets, triggers on other packages and triggers on files.
import { numbersTag, type RpmHeader, stringsTag, stringTag } from '../../archive/rpm-header.ts'
import { SCRIPTLETS, TAG } from '../../archive/rpm-tags.ts'
import type { InstallHook } from '../../model/package-contents.ts'
import { interpreterName } from '../script-reach.ts'
import { luaCommands } from './lua-commands.ts'

type Hook = Omit<InstallHook, 'reaches'>

interface TriggerTags {
  readonly prefix: string
  readonly scripts: number
  readonly programs: number
  readonly names: number
  readonly flags: number
  readonly index: number
}

const TRIGGERS: readonly TriggerTags[] = [
  {
    prefix: '%trigger',
    scripts: TAG.TRIGGERSCRIPTS,
    programs: TAG.TRIGGERSCRIPTPROG,
    names: TAG.TRIGGERNAME,
    flags: TAG.TRIGGERFLAGS,
    index: TAG.TRIGGERINDEX,
  },
  {
    prefix: '%filetrigger',
    scripts: TAG.FILETRIGGERSCRIPTS,
    programs: TAG.FILETRIGGERSCRIPTPROG,
    names: TAG.FILETRIGGERNAME,
    flags: TAG.FILETRIGGERFLAGS,
    index: TAG.FILETRIGGERINDEX,
  },
  {
    prefix: '%transfiletrigger',
    scripts: TAG.TRANSFILETRIGGERSCRIPTS,
    programs: TAG.TRANSFILETRIGGERSCRIPTPROG,
    names: TAG.TRANSFILETRIGGERNAME,
    flags: TAG.TRANSFILETRIGGERFLAGS,
    index: TAG.TRANSFILETRIGGERINDEX,
  },
]

/** Bits of a trigger's flags that say when it fires. */
const MOMENTS: readonly (readonly [number, string])[] = [
  [1 << 25, 'prein'],
  [1 << 16, 'in'],
  [1 << 17, 'un'],
  [1 << 18, 'postun'],
]

/** In the order of the tag table. A scriptlet that is only a program (`%post -p /sbin/ldconfig`) has that as its script. */
export function readScriptlets(header: RpmHeader): Hook[] {
  const hooks = SCRIPTLETS.flatMap(({ name, script, program }) => {
    const text = stringTag(header, script)
    const words = stringsTag(header, program)
    return text === undefined && !words ? [] : [hook(name, words ?? ['/bin/sh'], text)]
  })
  return [...hooks, ...TRIGGERS.flatMap((tags) => readTriggers(header, tags))].flatMap(withCommands)
}

/** What lua hands to the shell is a script of its own. */
function withCommands(found: Hook): Hook[] {
  const commands = found.interpreter === 'lua' ? luaCommands(found.script) : ''
  return commands === ''
    ? [found]
    : [found, { name: `${found.name} (shell commands)`, interpreter: 'shell', script: commands }]
}

function readTriggers(header: RpmHeader, tags: TriggerTags): Hook[] {
  const scripts = stringsTag(header, tags.scripts) ?? []
  const programs = stringsTag(header, tags.programs) ?? []
  const conditions = readConditions(header, tags)
  return scripts.map((script, at) => {
    const { flags, names } = conditions.get(at) ?? { flags: 0, names: [] }
    const moment = MOMENTS.find(([bit]) => (flags & bit) !== 0)?.[1] ?? ''
    return hook(`${tags.prefix}${moment} -- ${names.join(', ')}`, [programs[at] ?? '/bin/sh'], script)
  })
}

/** One script may have several conditions; each condition says the number of its script. */
function readConditions(
  header: RpmHeader,
  tags: TriggerTags,
): Map<number, { flags: number; names: string[] }> {
  const flags = numbersTag(header, tags.flags) ?? []
  const index = numbersTag(header, tags.index) ?? []
  const conditions = new Map<number, { flags: number; names: string[] }>()
  for (const [which, name] of (stringsTag(header, tags.names) ?? []).entries()) {
    const condition = conditions.get(index[which] ?? -1)
    if (condition) condition.names.push(name)
    else conditions.set(index[which] ?? -1, { flags: flags[which] ?? 0, names: [name] })
  }
  return conditions
}

function hook(name: string, words: readonly string[], text: string | undefined): Hook {
  const program = words[0] ?? '/bin/sh'
  return { name, interpreter: interpreterName(program), script: text ?? words.join(' ') }
}
