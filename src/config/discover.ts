// Which upstreams this machine's own package clients use. Nothing public is named here: the clients know.
import { discoverApk } from './clients/apk.ts'
import { discoverApt } from './clients/apt.ts'
import { discoverNpm } from './clients/npm.ts'
import { discoverPypi } from './clients/pypi.ts'
import { discoverYum } from './clients/yum.ts'
import type { ConfigDocument } from './document.ts'
import type { Discovery, Machine } from './machine.ts'

const NOTHING: Discovery = { repositories: [], notes: [] }

/** Looks only for what the document leaves open: everything when it names no repositories, else npm and PyPI without upstreams. */
export async function discover(document: ConfigDocument, machine: Machine): Promise<Discovery> {
  const asked = (type: string) =>
    document.repositories?.some((one) => one.type === type && one.upstreams === undefined) ?? true
  const all = document.repositories === undefined
  const results = await Promise.all([
    asked('npm') ? discoverNpm(machine) : NOTHING,
    asked('pypi') ? discoverPypi(machine) : NOTHING,
    all ? discoverApt(machine) : NOTHING,
    all ? discoverYum(machine) : NOTHING,
    all ? discoverApk(machine) : NOTHING,
  ])
  return {
    repositories: uniqueNames(results.flatMap(({ repositories }) => repositories)),
    notes: results.flatMap(({ notes }) => notes),
  }
}

/** Two clients may name their archives alike; names and mounts must differ. */
function uniqueNames(repositories: Discovery['repositories']): Discovery['repositories'] {
  const taken = new Set<string>()
  return repositories.map((repository) => {
    let { name } = repository
    for (let number = 2; taken.has(name); number += 1) name = `${repository.name}-${number}`
    taken.add(name)
    return name === repository.name ? repository : { ...repository, name, mount: `/${name}/` }
  })
}
