// npm's two manifests: the registry's copy, which people and tools read, against package.json in the tarball, which runs.
import type { Json, JsonObject } from '../../model/claim.ts'
import type { Finding, Severity } from '../../model/finding.ts'

type Table = Readonly<Record<string, string>>

const HOOKS = ['preinstall', 'install', 'postinstall'] as const
// What npm adds for a package with binding.gyp and no hook of its own (npm docs, scripts).
const IMPLICIT_INSTALL = 'node-gyp rebuild'
// Specifiers that a publishing tool of a monorepo replaces by a version in one of the two copies.
const WORKSPACE_SPECIFIER = /^(?:workspace|file|link|portal|catalog):|^\.{1,2}\//
const SHOWN = 4

/** `promised` is the registry's copy, `inside` the tarball's. Normalisations that npm makes on publishing are no difference. */
export function compareManifests(promised: JsonObject, inside: JsonObject, hasGyp: boolean): Finding[] {
  return [
    ...compareHooks(promised, inside, hasGyp),
    ...compareDependencies(promised, inside),
    ...compareBins(promised, inside),
  ]
}

function compareHooks(promised: JsonObject, inside: JsonObject, hasGyp: boolean): Finding[] {
  const outer = tableOf(promised['scripts'])
  const inner = tableOf(inside['scripts'])
  // A registry that serves the short form says only that there is a hook.
  const announced = promised['scripts'] === undefined && promised['hasInstallScript'] === true
  return HOOKS.flatMap((hook) => {
    const shown = oneLine(outer[hook])
    const runs = oneLine(inner[hook])
    if (shown === runs || announced) return []
    if (runs === '') return hasGyp && shown === IMPLICIT_INSTALL ? [] : [droppedHook(hook, shown)]
    return [hiddenHook(hook, shown, runs)]
  })
}

function oneLine(script: string | undefined): string {
  return (script ?? '').trim().replace(/\s+/g, ' ')
}

function hiddenHook(hook: string, shown: string, runs: string): Finding {
  return {
    rule: 'npm-hidden-install-script',
    layer: 'integrity',
    severity: 'critical',
    title: `The tarball runs another ${hook} script than the registry shows`,
    detail:
      'npm runs what the tarball says. Whoever reads the registry, like most scanners and web pages, does not see this script.',
    file: 'package.json',
    snippet: `registry: ${shown === '' ? 'none' : shown.slice(0, 60)}; tarball: ${runs.slice(0, 100)}`,
    reach: 'install',
    behaviour: 1,
  }
}

function droppedHook(hook: string, shown: string): Finding {
  return {
    rule: 'npm-announced-script-missing',
    layer: 'integrity',
    severity: 'low',
    title: `The registry shows a ${hook} script that the tarball does not have`,
    detail: 'Publishing tools that clean package.json before packing do this; nothing runs unseen.',
    file: 'package.json',
    snippet: shown.slice(0, 160),
  }
}

function compareDependencies(promised: JsonObject, inside: JsonObject): Finding[] {
  // npm copies optional dependencies into `dependencies` on publishing, and older versions out of it again: one set.
  const outer = { ...tableOf(promised['dependencies']), ...tableOf(promised['optionalDependencies']) }
  const inner = { ...tableOf(inside['dependencies']), ...tableOf(inside['optionalDependencies']) }
  const bundled = new Set([...listOf(inside['bundleDependencies']), ...listOf(inside['bundledDependencies'])])
  const added = Object.keys(outer).filter((name) => inner[name] === undefined && !bundled.has(name))
  const hidden = Object.keys(inner).filter((name) => outer[name] === undefined && !bundled.has(name))
  const changed = Object.keys(outer).filter((name) => changedSpecifier(outer[name], inner[name]))
  return [
    ...dependencyFinding(
      'npm-dependency-not-in-tarball',
      added,
      'medium',
      'The registry lists dependencies that package.json in the tarball does not',
      outer,
    ),
    ...dependencyFinding(
      'npm-dependency-not-in-registry',
      hidden,
      severityOfHidden(hidden, inner),
      'package.json in the tarball lists dependencies that the registry does not',
      inner,
    ),
    ...dependencyFinding(
      'npm-dependency-differs',
      changed,
      severityOfChanged(changed, outer, inner),
      'Registry and tarball ask for other versions of the same dependencies',
      outer,
    ),
  ]
}

function changedSpecifier(outer: string | undefined, inner: string | undefined): boolean {
  if (outer === undefined || inner === undefined) return false
  return outer.replace(/\s+/g, '') !== inner.replace(/\s+/g, '') && !WORKSPACE_SPECIFIER.test(inner)
}

/** A dependency from elsewhere than the registry that the registry's copy does not show is a download nobody sees. */
function severityOfHidden(names: readonly string[], inner: Table): Severity {
  return names.some((name) => isForeign(inner[name] ?? '')) ? 'high' : 'low'
}

function severityOfChanged(names: readonly string[], outer: Table, inner: Table): Severity {
  return names.some((name) => isForeign(outer[name] ?? '') !== isForeign(inner[name] ?? '')) ? 'high' : 'low'
}

function isForeign(specifier: string): boolean {
  return /^(?:https?|git(?:\+\w+)?|ssh):|^(?:github|gitlab|bitbucket|gist):|^[\w-]+\/[\w.-]+(?:#|$)/.test(
    specifier,
  )
}

function dependencyFinding(
  rule: string,
  names: readonly string[],
  severity: Severity,
  title: string,
  table: Table,
): Finding[] {
  if (names.length === 0) return []
  const shown = names.slice(0, SHOWN).map((name) => `${name}@${(table[name] ?? '').slice(0, 40)}`)
  const more = names.length > SHOWN ? ` and ${names.length - SHOWN} more` : ''
  return [
    {
      rule,
      layer: 'integrity',
      severity,
      title,
      detail:
        'Which of the two a client installs depends on the client; whoever audits one of them misses the other.',
      file: 'package.json',
      snippet: `${shown.join(', ')}${more}`.slice(0, 200),
    },
  ]
}

function compareBins(promised: JsonObject, inside: JsonObject): Finding[] {
  const outer = binsOf(promised['bin'])
  const inner = binsOf(inside['bin'])
  // A single path is named after the package, which both copies agree on elsewhere: only the target is compared.
  const targets = (table: Table) => [...new Set(Object.values(table))].toSorted().join('\n')
  if (promised['bin'] === undefined || inside['bin'] === undefined || targets(outer) === targets(inner))
    return []
  return [
    {
      rule: 'npm-bin-differs',
      layer: 'integrity',
      severity: 'medium',
      title: 'Registry and tarball name other files as commands',
      detail: 'The command that is linked into the path is not the one that the registry shows.',
      file: 'package.json',
      snippet: `registry: ${targets(outer).slice(0, 80)}; tarball: ${targets(inner).slice(0, 80)}`,
    },
  ]
}

function binsOf(bin: Json | undefined): Table {
  const table = typeof bin === 'string' ? { '': bin } : tableOf(bin)
  // npm cleans leading `./` and `/` (normalize-package-bin).
  return Object.fromEntries(
    Object.entries(table).map(([name, path]) => [
      name,
      path
        .replace(/\\/g, '/')
        .replace(/^(?:\.?\/)+/, '')
        .replace(/\/{2,}/g, '/'),
    ]),
  )
}

function tableOf(value: Json | undefined): Table {
  if (Array.isArray(value)) return Object.fromEntries(listOf(value).map((name) => [name, '']))
  if (typeof value !== 'object' || value === null) return {}
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, one]) => (typeof one === 'string' ? [[key, one]] : [])),
  )
}

function listOf(value: Json | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : []
}
