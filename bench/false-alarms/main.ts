// Lists what policy `balanced` would not approve among ordinary packages: `node bench/false-alarms/main.ts DIRECTORY`.
import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { downloadsBelow, type ExaminedDownload, examineDownloads } from '../support/examine-downloads.ts'
import { formatTable } from '../support/table.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    /** Only each n-th file. */
    every: { type: 'string', default: '1' },
    /** Everything found, as JSON, for a closer look. */
    json: { type: 'string' },
    /** Exit code 1 when more than so many per cent are not approved. */
    most: { type: 'string', default: '100' },
  },
})
const [root] = positionals
if (root === undefined) throw new Error('name the folder with the downloads')

const results = await examineDownloads(await downloadsBelow(root, Number(values.every)))
if (values.json !== undefined) await writeFile(values.json, JSON.stringify(results))

const rows = [...Map.groupBy(results, ({ download }) => download.group)].map(([group, some]) => {
  const refused = some.filter(isRefused)
  return [group, String(some.length), String(refused.length), percent(refused.length, some.length)]
})
const refused = results.filter(isRefused)
rows.push(['all', String(results.length), String(refused.length), percent(refused.length, results.length)])
console.log(formatTable(['downloads', 'examined', 'not approved', ''], rows))
for (const { download, examined } of refused) {
  console.log(`\n${download.group}/${download.fileName}: ${examined.verdict?.outcome ?? 'no verdict'}`)
  const reasons = examined.verdict?.reasons.map(({ rule, text }) => `${rule}: ${text}`)
  for (const reason of reasons ?? [examined.error?.message ?? '']) console.log(`  ${reason}`)
}
if (refused.length > (results.length * Number(values.most)) / 100) process.exitCode = 1

function isRefused({ examined }: ExaminedDownload): boolean {
  return examined.verdict?.outcome !== 'approved'
}

function percent(part: number, whole: number): string {
  return `${((100 * part) / whole).toFixed(2)} %`
}
