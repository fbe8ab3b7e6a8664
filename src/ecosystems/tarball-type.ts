// Tells an npm package from a Python sdist: both are gzipped tars, and their names need not differ.
import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { Budget } from '../archive/budget.ts'
import { HazardLog } from '../archive/hazards.ts'
import { readTar } from '../archive/tar.ts'
import { DEFAULT_READ_LIMITS } from '../model/limits.ts'

const NPM = /^[^/]+\/package\.json$/
const SDIST = /^[^/]+\/(?:PKG-INFO|setup\.py|pyproject\.toml)$/
/** Some projects hold a package.json beside their setup.py, and few a PKG-INFO beside their package.json. */
const LOOK_MILLISECONDS = 20_000

/** `undefined` when neither is in it, or when it cannot be read: its reader then says what is wrong with it. */
export async function tarballType(location: string): Promise<'npm' | 'pypi' | undefined> {
  const source = createReadStream(location)
  const unpacked = pipeline(source, createGunzip(), () => source.destroy())
  const budget = new Budget(DEFAULT_READ_LIMITS, AbortSignal.timeout(LOOK_MILLISECONDS))
  let seen: 'npm' | undefined
  try {
    for await (const { entry } of readTar(unpacked, { budget, hazards: new HazardLog() })) {
      if (SDIST.test(entry.path)) return 'pypi'
      if (NPM.test(entry.path)) seen = 'npm'
      if (entry.path.startsWith('package/') && seen) return 'npm'
    }
  } catch {
    return seen
  } finally {
    source.destroy()
  }
  return seen
}
