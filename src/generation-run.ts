// Composition root of `generations` and `diff`: what kept generations list, read from the stores without a running gateway.
import type { Config } from './config/config.ts'
import { ecosystemOf } from './ecosystems/all.ts'
import type { ListedPackage } from './ecosystems/ecosystem.ts'
import { readDocument } from './gate/document-fetch.ts'
import { documentsOf, MAX_KEPT } from './gate/generations.ts'
import { GatewayError } from './model/errors.ts'
import { openBlobStore, openLedger } from './storage/all.ts'
import type { Generation } from './storage/ledger.ts'

export interface PackageChange {
  readonly change: 'added' | 'removed' | 'upgraded' | 'downgraded'
  readonly name: string
  readonly architecture: string
  readonly before?: string
  readonly after?: string
}

/** Kept generations of a repository, by index set, newest first. Throws BAD_REQUEST for an unknown repository. */
export async function keptGenerations(config: Config, name: string): Promise<readonly Generation[]> {
  const { settings, ecosystem } = repositoryOf(config, name)
  const ledger = await openLedger(config.ledger.reveal())
  try {
    const keys = ecosystem.indexKeys?.(settings) ?? []
    return (await Promise.all(keys.map((key) => ledger.generations(name, key, MAX_KEPT)))).flat()
  } finally {
    await ledger.close()
  }
}

/** What changed from one generation to another, by name and architecture. */
export async function diffGenerations(
  config: Config,
  name: string,
  before: Generation,
  after: Generation,
): Promise<readonly PackageChange[]> {
  const { settings, ecosystem } = repositoryOf(config, name)
  if (ecosystem.listGeneration === undefined)
    throw new GatewayError('BAD_REQUEST', `generations of type ${settings.type} cannot be compared`, {
      arguments: true,
    })
  const blobs = await openBlobStore(config.blobs.reveal())
  try {
    const context = {
      settings,
      open: (document: Parameters<typeof readDocument>[1]) => readDocument(blobs, document),
    }
    const old = await newestVersions(
      ecosystem.listGeneration(documentsOf(before), context),
      ecosystem.compareVersions,
    )
    const young = await newestVersions(
      ecosystem.listGeneration(documentsOf(after), context),
      ecosystem.compareVersions,
    )
    return changesBetween(old, young, ecosystem.compareVersions)
  } finally {
    await blobs.close()
  }
}

type Compare = (a: string, b: string) => number

/** What a client would choose: the newest version of each name and architecture. */
async function newestVersions(
  packages: AsyncIterable<ListedPackage>,
  compare: Compare,
): Promise<Map<string, string>> {
  const newest = new Map<string, string>()
  for await (const { name, architecture, version } of packages) {
    const known = newest.get(`${name}\0${architecture}`)
    if (known === undefined || compare(version, known) > 0) newest.set(`${name}\0${architecture}`, version)
  }
  return newest
}

function changesBetween(
  old: ReadonlyMap<string, string>,
  young: ReadonlyMap<string, string>,
  compare: Compare,
): PackageChange[] {
  const changes: PackageChange[] = []
  for (const key of [...new Set([...old.keys(), ...young.keys()])].sort()) {
    const [name = '', architecture = ''] = key.split('\0')
    const before = old.get(key)
    const after = young.get(key)
    if (before === undefined && after !== undefined)
      changes.push({ change: 'added', name, architecture, after })
    else if (after === undefined && before !== undefined)
      changes.push({ change: 'removed', name, architecture, before })
    else if (before !== undefined && after !== undefined && before !== after)
      changes.push({
        change: compare(after, before) > 0 ? 'upgraded' : 'downgraded',
        name,
        architecture,
        before,
        after,
      })
  }
  return changes
}

function repositoryOf(config: Config, name: string) {
  const found = config.repositories.find((one) => one.name === name)
  const names = config.repositories.map((one) => one.name).join(', ')
  if (found === undefined)
    throw new GatewayError('BAD_REQUEST', `"${name}" is no repository; there are ${names}`, {
      arguments: true,
    })
  const { type, upstreams, mount, reserved, options } = found
  const settings = {
    name,
    type,
    upstreams: upstreams.map(({ url }) => url),
    publicUrl: `${config.publicUrl}${mount.replace(/\/$/, '')}`,
    indexMode: found.indexMode ?? 'lazy',
    reserved,
    options: { ...options },
  } as const
  return { settings, ecosystem: ecosystemOf(type) }
}
