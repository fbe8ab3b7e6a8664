// What dpkg runs or obeys when a .deb is installed, upgraded or removed: the scripts of the control member.
import type { HazardLog } from '../../archive/hazards.ts'
import type { InstallHook, PackageEntry } from '../../model/package-contents.ts'
import { interpreterOf, type ScriptReach } from '../script-reach.ts'

/** `config` runs before the others, through debconf; `triggers` names the files whose change makes dpkg call postinst. */
const SCRIPTS = ['config', 'preinst', 'postinst', 'prerm', 'postrm']

/** Hooks in the order in which dpkg comes to them. A script is itself the first file that it reaches. */
export function debHooks(
  control: readonly PackageEntry[],
  reach: ScriptReach,
  hazards: HazardLog,
): InstallHook[] {
  const hooks: InstallHook[] = []
  for (const name of SCRIPTS) {
    const entry = control.find((candidate) => candidate.path === `DEBIAN/${name}`)
    if (entry?.type === 'file') hooks.push(scriptHook(name, entry, reach, hazards))
  }
  const triggers = control.find((candidate) => candidate.path === 'DEBIAN/triggers')
  if (triggers)
    hooks.push({ name: 'triggers', interpreter: 'dpkg-trigger', script: textOf(triggers), reaches: [] })
  return hooks
}

function scriptHook(name: string, entry: PackageEntry, reach: ScriptReach, hazards: HazardLog): InstallHook {
  if (isProgram(entry)) {
    hazards.report('deb-binary-hook', 'medium', `${name} is a program and no script`, {
      file: entry.path,
      detail: 'It runs as root at install, and nobody can read what it does.',
    })
    return { name, interpreter: 'binary', script: '', reaches: [entry.path] }
  }
  const script = textOf(entry)
  return {
    name,
    interpreter: interpreterOf(script),
    script,
    reaches: [entry.path, ...reach.reachedBy(script)],
  }
}

/** A script that is too large to be kept counts as a program: it cannot be read either. */
function isProgram(entry: PackageEntry): boolean {
  return entry.content === undefined || entry.content.includes(0)
}

function textOf(entry: PackageEntry): string {
  return Buffer.from(entry.content ?? new Uint8Array(0)).toString('utf8')
}
