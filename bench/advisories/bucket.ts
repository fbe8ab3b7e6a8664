// A bucket in OSV's layout from files of real records, repeated under other names until there are enough; run as a process of its own.
import { createReadStream, existsSync } from 'node:fs'
import { mkdir, readdir, stat } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { readOsv } from '../../src/advisories/feed-files.ts'
import type { OsvRecord } from '../../src/advisories/osv.ts'
import { createZipWriter } from '../support/zip-writer.ts'

const [source = '', target = '', wanted = '500000'] = process.argv.slice(2)
const FILES: Readonly<Record<string, RegExp>> = {
  npm: /npm/,
  PyPI: /pypi/,
  Debian: /debian/,
  AlmaLinux: /alma/,
  Alpine: /alpine/,
}

const names = (await readdir(source)).filter((name) => /^osv-.*\.jsonl\.gz$/.test(name))
const found = Object.entries(FILES).filter(([, pattern]) => names.some((name) => pattern.test(name)))
const perEcosystem = Math.ceil(Number(wanted) / found.length)
for (const [ecosystem, pattern] of found) {
  const folder = join(target, ecosystem)
  if (existsSync(join(folder, 'all.zip'))) continue // kept from an earlier run
  await mkdir(folder, { recursive: true })
  await writeZip(
    join(folder, 'all.zip'),
    names.filter((name) => pattern.test(name)).map((name) => join(source, name)),
  )
}

/** The same records again and again; each round under names of its own, so that no record is a copy of another. */
async function writeZip(path: string, files: readonly string[]): Promise<void> {
  const zip = createZipWriter(path)
  let written = 0
  for (let round = 0; written < perEcosystem; round += 1)
    for (const file of files)
      for await (const item of readOsv(file)) {
        if ('broken' in item || written >= perEcosystem) continue
        const record = renamed(item.record, round)
        await zip.add(`${record.id}.json`, JSON.stringify(record))
        written += 1
      }
  await zip.close()
}

function renamed(record: OsvRecord, round: number): OsvRecord {
  if (round === 0) return record
  return {
    ...record,
    id: `${record.id}-r${round}`,
    affected: record.affected.map((one) => ({
      ...one,
      package: { ...one.package, name: `${one.package.name}-r${round}` },
    })),
  }
}

const server = createServer(async (request, response) => {
  const path = join(target, decodeURIComponent((request.url ?? '/').replaceAll('..', '')))
  const size = await stat(path).then(
    (one) => one.size,
    () => undefined,
  )
  if (size === undefined) {
    response.writeHead(404).end()
    return
  }
  response.writeHead(200, { 'content-length': size })
  createReadStream(path).pipe(response)
})
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  console.log(JSON.stringify({ url: `http://127.0.0.1:${port}`, ecosystems: found.map(([name]) => name) }))
})
