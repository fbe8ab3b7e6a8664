// What apk runs: the scripts of the control member, and hooks that a package lays down for every later run of apk.
import type { InstallHook, PackageEntry } from '../../model/package-contents.ts'
import { interpreterOf, type ScriptReach } from '../script-reach.ts'

/** As root, in the root folder, in this order over a package's life. */
export const SCRIPTS: readonly string[] = [
  '.pre-install',
  '.post-install',
  '.pre-upgrade',
  '.post-upgrade',
  '.pre-deinstall',
  '.post-deinstall',
  '.trigger',
]
const COMMIT_HOOKS = /^(?:etc|lib|usr\/lib)\/apk\/commit_hooks\.d\/[^/]+$/

export function apkHooks(entries: readonly PackageEntry[], reach: ScriptReach): InstallHook[] {
  const scripts = SCRIPTS.flatMap((name) =>
    entries.filter((entry) => entry.member === 'control' && entry.type === 'file' && entry.path === name),
  )
  const commitHooks = entries.filter((entry) => entry.type === 'file' && COMMIT_HOOKS.test(entry.path))
  return [...scripts, ...commitHooks].map((entry) => hook(entry, reach))
}

function hook(entry: PackageEntry, reach: ScriptReach): InstallHook {
  const { content, path } = entry
  // A program, or a script too large to be kept: nobody can read what it does.
  if (!content || content.includes(0))
    return { name: path, interpreter: 'binary', script: '', reaches: [path] }
  const script = Buffer.from(content).toString('utf8')
  return {
    name: path,
    interpreter: interpreterOf(script),
    script,
    reaches: [path, ...reach.reachedBy(script)],
  }
}
