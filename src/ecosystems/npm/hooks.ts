// What npm runs when the package is installed: lifecycle scripts, the implicit node-gyp build, and those of bundled packages.
import type { JsonObject } from '../../model/claim.ts'
import type { InstallHook } from '../../model/package-contents.ts'
import { reachedBy } from './hook-reach.ts'
import { objectOf, parseManifest, textOf } from './manifest.ts'
import type { PackageTree } from './module-resolution.ts'

// In the order in which npm runs them for a dependency. `prepare` and `prepublish` run for git and folder dependencies only.
const LIFECYCLE = ['preinstall', 'install', 'postinstall'] as const
const GYP_FILE = 'binding.gyp'
const IMPLICIT_BUILD = 'node-gyp rebuild'
const USES_GYP = /\b(?:node-gyp|node-pre-gyp|prebuild|prebuildify|cmake-js|node-gyp-build|nan|neon)\b/
const BUNDLED_MANIFEST = /(?:^|\/)node_modules\/(?:@[^/]+\/)?[^/@][^/]*\/package\.json$/

export function npmHooks(manifest: JsonObject, tree: PackageTree): InstallHook[] {
  const bundled = [...tree.paths].filter((path) => BUNDLED_MANIFEST.test(path))
  return [
    ...hooksOf(manifest, '', tree),
    ...bundled.flatMap((path) => {
      const inner = parseManifest(tree.text(path) ?? '')
      return inner === undefined ? [] : hooksOf(inner, path.slice(0, -'/package.json'.length), tree)
    }),
  ]
}

function hooksOf(manifest: JsonObject, folder: string, tree: PackageTree): InstallHook[] {
  const scripts = objectOf(manifest['scripts'])
  const where = folder === '' ? '' : ` (${folder})`
  const hooks: InstallHook[] = LIFECYCLE.flatMap((name) => {
    const script = textOf(scripts[name])?.trim()
    if (!script) return []
    return {
      name: name + where,
      interpreter: 'shell',
      script,
      reaches: reachedBy(script, { scripts, folder }, tree),
    }
  })
  return [...hooks, ...gypHooks(manifest, hooks, folder, tree)]
}

// npm's rule: a binding.gyp at the root, no install and no preinstall script, and not `gypfile: false`.
function gypHooks(
  manifest: JsonObject,
  hooks: readonly InstallHook[],
  folder: string,
  tree: PackageTree,
): InstallHook[] {
  const path = folder === '' ? GYP_FILE : `${folder}/${GYP_FILE}`
  const gyp = tree.text(path)
  if (gyp === undefined) return []
  const scripts = objectOf(manifest['scripts'])
  const implicit = !scripts['install'] && !scripts['preinstall'] && manifest['gypfile'] !== false
  if (!implicit && !hooks.some(({ script }) => USES_GYP.test(script))) return []
  const where = folder === '' ? '' : ` (${folder})`
  const commands = gypCommands(gyp).join('\n')
  const reaches = [path, ...reachedBy(commands, { scripts, folder }, tree)]
  return [
    ...(implicit
      ? [{ name: `install${where}`, interpreter: 'shell', script: IMPLICIT_BUILD, reaches: [path] }]
      : []),
    ...(commands === ''
      ? []
      : [{ name: `${GYP_FILE} command${where}`, interpreter: 'shell', script: commands, reaches }]),
  ]
}

/** Commands that gyp runs while it reads the file (`<!(...)`, `<!@(...)`), and those of `action` lists. */
function gypCommands(gyp: string): string[] {
  const expanded = [...gyp.matchAll(/[<>^]!@?\(/g)].map((match) =>
    upToBracket(gyp, match.index + match[0].length),
  )
  const actions = [...gyp.matchAll(/["']action["']\s*:\s*\[([^\]]*)\]/g)].map(([, list = '']) =>
    [...list.matchAll(/["']([^"']*)["']/g)].map(([, word]) => word).join(' '),
  )
  return [...expanded, ...actions]
    .map((command) => command.replaceAll('\\"', '"').trim())
    .filter((command) => command !== '')
}

function upToBracket(text: string, start: number): string {
  let depth = 1
  for (let at = start; at < text.length; at++) {
    if (text[at] === '(') depth += 1
    else if (text[at] === ')') depth -= 1
    if (depth === 0) return text.slice(start, at)
  }
  return text.slice(start)
}
