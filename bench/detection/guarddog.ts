// Lets GuardDog look at the same samples, as folders, one command each.
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import type { Sample } from './samples.ts'

const run = promisify(execFile)
const AT_A_TIME = 2

/** Ids of the samples in which it finds a threat; capabilities alone are facts. Samples it cannot read are not found. */
export async function foundByGuardDog(program: string, samples: readonly Sample[]): Promise<Set<string>> {
  const found = new Set<string>()
  const waiting = samples.values()
  const lane = async () => {
    for (const sample of waiting) if (await findsThreat(program, sample)) found.add(sample.id)
  }
  await Promise.all(Array.from({ length: AT_A_TIME }, lane))
  return found
}

async function findsThreat(program: string, sample: Sample): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), 'sample-'))
  try {
    await write(folder, sample)
    const args = [sample.ecosystem, 'scan', folder, '--no-sandbox', '--output-format', 'json']
    const { stdout } = await run(program, args, { timeout: 120_000, maxBuffer: 64 * 1024 * 1024 })
    const { results } = JSON.parse(stdout) as { results?: Record<string, unknown> }
    return Object.entries(results ?? {}).some(
      ([rule, hits]) => !rule.startsWith('capability-') && isHit(hits),
    )
  } catch {
    return false
  } finally {
    await rm(folder, { recursive: true })
  }
}

function isHit(hits: unknown): boolean {
  if (typeof hits === 'string') return hits !== ''
  return Array.isArray(hits) ? hits.length > 0 : false
}

async function write(folder: string, sample: Sample): Promise<void> {
  const { ecosystem, files, scripts = {}, dependencies = {}, version = '1.0.0' } = sample
  const manifest = JSON.stringify({ name: 'sample', version, scripts, dependencies })
  const facts = 'Metadata-Version: 2.1\nName: sample\nVersion: 1.0\n'
  const all = ecosystem === 'npm' ? { 'package.json': manifest, ...files } : { 'PKG-INFO': facts, ...files }
  for (const [path, text] of Object.entries(all)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text)
  }
}
