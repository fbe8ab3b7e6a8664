// Judges small npm packages by many weak signs together: who stands behind them, and what their code does by itself.
import type { Finding, Reach } from '../../model/finding.ts'
import type { PackageContents } from '../../model/package-contents.ts'
import { type RuleSet, ruleSetOf } from '../rules/compile.ts'
import type { Scanner } from '../scanner.ts'
import { codeBytes, codeFilesOf, hookedPaths } from './code-files.ts'
import { behaviourSigns, filesThatRun, type RunningCode, weightOf } from './profile/behaviour.ts'
import { unknownCommands } from './profile/install-commands.ts'
import { hasOrigin, isOwnOrigin, originSigns, originWeight } from './profile/origin.ts'
import { scriptFacts } from './script-analyses.ts'

/** Larger packages do a bit of everything. */
const SMALL_BYTES = 60_000
const SMALL_INSTALL_BYTES = 150_000

export const packageProfile: Scanner = {
  id: 'package-profile',
  version: 1,
  layer: 'code',
  applies(contents) {
    if (contents.type !== 'npm') return 'only npm packages say enough of themselves'
    const isJudged = contents.hooks.length > 0 || codeBytes(contents) <= SMALL_BYTES
    return isJudged ? true : 'the package is too large for weak signs'
  },
  scan(contents, data, signal) {
    const rules = ruleSetOf(data.rules)
    return [...installFindings(contents, rules, signal), ...importFindings(contents, rules, signal)]
  },
}

const MIN_ORIGIN = 4

function importFindings(contents: PackageContents, rules: RuleSet, signal: AbortSignal): Finding[] {
  if (codeBytes(contents) > SMALL_BYTES) return []
  const origin = originSigns(contents)
  if (originWeight(origin) < MIN_ORIGIN) return []
  const code = filesThatRun(codeFilesOf(contents), scriptFacts(contents, rules, signal), 'import')
  const behaviour = behaviourSigns(code)
  if (!isEnough(behaviour)) return []
  return [profileFinding('import', origin, behaviour)]
}

/** Two signs, or a heavy one. */
function isEnough(behaviour: readonly string[]): boolean {
  return weightOf(behaviour) >= (behaviour.length > 1 ? 2 : 3)
}

/** At install, one thing that installs do not do is enough where nobody stands behind the package. */
function installFindings(contents: PackageContents, rules: RuleSet, signal: AbortSignal): Finding[] {
  if (contents.hooks.length === 0 || KNOWN_INSTALLERS.has(contents.declared.name ?? '')) return []
  // Padding does not help who names no source.
  if (hasOrigin(contents) && codeBytes(contents) > SMALL_INSTALL_BYTES) return []
  const code = filesThatRun(codeFilesOf(contents), scriptFacts(contents, rules, signal), 'install')
  const behaviour = [...behaviourSigns(code), ...fileSigns(code), ...hookSigns(contents)]
  if (behaviour.length === 0) return []
  const origin = originSigns(contents)
  const isSuspect =
    !hasOrigin(contents) ||
    (!isOwnOrigin(contents) && (weightOf(behaviour) > 2 || behaviour.includes('unknown-command')))
  if (!isSuspect && !behaviour.some((sign) => UNUSUAL_AT_INSTALL.has(sign))) return []
  return [profileFinding('install', origin, behaviour)]
}

/** What installs of honest packages do not do, whoever publishes them. */
const UNUSUAL_AT_INSTALL = new Set([
  'asks-host',
  'evaluates-soon',
  'evaluates',
  'reads-credentials',
  'obfuscated',
  'windows-script',
  'computed-name',
  'hidden-name',
  'spelled-in-numbers',
])

/** They do something of the kind in the open; a name belongs to whoever registered it. */
const KNOWN_INSTALLERS = new Set(['@scarf/scarf', 'meteor'])

/** What writes or deletes at install is looked at where nobody stands behind the package. */
function fileSigns(code: RunningCode): string[] {
  const queries = new Set([...code.values()].flatMap((facts) => [...(facts ?? [])]))
  return ['writes', 'deletes', 'unread'].filter((query) => queries.has(query))
}

const WINDOWS_SCRIPT = /\.(?:bat|cmd|ps1|vbs|hta|wsf|scr)$/i

function hookSigns(contents: PackageContents): string[] {
  const reached = [...hookedPaths(contents)]
  return [
    ...(reached.some((path) => WINDOWS_SCRIPT.test(path)) ? ['windows-script'] : []),
    ...(contents.hooks.some(
      ({ script, name }) => !name.startsWith('binding.gyp') && unknownCommands(script).length > 0,
    )
      ? ['unknown-command']
      : []),
  ]
}

function profileFinding(reach: Reach, origin: readonly string[], behaviour: readonly string[]): Finding {
  const at = reach === 'install' ? 'at install' : 'as soon as it is loaded'
  return {
    rule: reach === 'install' ? 'weak-signs-at-install' : 'weak-signs-at-import',
    layer: 'code',
    severity: 'high',
    title: `A small package of unclear origin acts by itself ${at}`,
    detail: 'Each of these signs is honest alone; honest packages seldom have several of both kinds.',
    snippet: `${behaviour.join(', ')}; ${origin.join(', ')}`.slice(0, 200),
    reach,
    remediation: 'Read the code before you approve it.',
  }
}
