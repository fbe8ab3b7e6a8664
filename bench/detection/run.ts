// Prints how many samples of each behaviour would be stopped: `node bench/detection/run.ts [--missed]`.
import { loadRulePacks } from '../../src/scanners/rules/load.ts'
import { contentsOf, examine, stops } from './examine.ts'
import { samples } from './samples.ts'

const packs = loadRulePacks(new URL('../../rules', import.meta.url).pathname)
const rows = new Map<number, { stopped: number; all: number; missed: string[] }>()
for (const sample of samples()) {
  const row = rows.get(sample.behaviour) ?? { stopped: 0, all: 0, missed: [] }
  rows.set(sample.behaviour, row)
  const findings = await examine(await contentsOf(sample), packs)
  row.all++
  if (findings.some(stops)) row.stopped++
  else row.missed.push(`${sample.id} (${findings.map((f) => `${f.rule} ${f.severity}`).join(', ')})`)
}

let stopped = 0
let all = 0
for (const [behaviour, row] of rows) {
  stopped += row.stopped
  all += row.all
  console.log(`${String(behaviour).padStart(2)}  ${row.stopped}/${row.all}`)
  if (process.argv.includes('--missed')) for (const id of row.missed) console.log(`      missed ${id}`)
}
console.log(`all ${stopped}/${all} (${((100 * stopped) / all).toFixed(1)} %)`)
