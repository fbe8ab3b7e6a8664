// Prints how many samples of each behaviour would be stopped: `node bench/detection/run.ts [--missed] [--guarddog PROGRAM]`.
import { parseArgs } from 'node:util'
import { loadRulePacks } from '../../src/scanners/rules/load.ts'
import { formatTable } from '../support/table.ts'
import { contentsOf, examine, stops } from './examine.ts'
import { foundByGuardDog } from './guarddog.ts'
import { type Sample, samples } from './samples.ts'

const { values } = parseArgs({
  options: {
    /** Names what was missed, and what was found of it. */
    missed: { type: 'boolean', default: false },
    /** GuardDog's program, to be measured over the same samples. */
    guarddog: { type: 'string' },
  },
})
const packs = loadRulePacks(new URL('../../rules', import.meta.url).pathname)
const all = samples()
const stopped = new Set<string>()
const missed: string[] = []
for (const sample of all) {
  const findings = await examine(await contentsOf(sample), packs)
  if (findings.some(stops)) stopped.add(sample.id)
  else missed.push(`missed ${sample.id} (${findings.map((f) => `${f.rule} ${f.severity}`).join(', ')})`)
}
// GuardDog knows npm and PyPI, not the scripts of system packages.
const shared = all.filter(({ ecosystem }) => ecosystem === 'npm' || ecosystem === 'pypi')
const others = values.guarddog === undefined ? undefined : await foundByGuardDog(values.guarddog, shared)

const rows = [...Map.groupBy(all, ({ behaviour }) => behaviour)].map(([behaviour, some]) => [
  String(behaviour),
  share(some, stopped),
  ...(others === undefined ? [] : [share(some.filter(isShared), others)]),
])
const head = ['behaviour', 'stopped', ...(others === undefined ? [] : ['GuardDog'])]
rows.push(['all', share(all, stopped), ...(others === undefined ? [] : [share(shared, others)])])
if (others !== undefined) rows.push(['npm and PyPI', share(shared, stopped), share(shared, others)])
console.log(formatTable(head, rows))
if (values.missed) console.log(missed.map((line) => `\n${line}`).join(''))

function isShared(sample: Sample): boolean {
  return shared.includes(sample)
}

function share(some: readonly Sample[], found: ReadonlySet<string>): string {
  if (some.length === 0) return ''
  const hits = some.filter(({ id }) => found.has(id)).length
  return `${hits}/${some.length} ${((100 * hits) / some.length).toFixed(0)} %`
}
