// What is measured: real packuments and tarballs recorded from the machine's own registry, and one made 60 MB package.
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { execaSync } from 'execa'
import { buildPackage } from '../../tests/support/tgz.ts'
import { type Recorder, startRecorder } from '../support/recorder.ts'

export const CACHE = join(import.meta.dirname, '../.cache')
/** What `serve` would take by itself; the tests' gateway is smaller. */
export const AS_SHIPPED = { log: { level: 'warn' }, pools: { examiners: 2, indexWorkers: 2 } } as const
export const ABBREVIATED = 'application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8, */*'
export const FULL = 'application/json'

export interface Target {
  readonly label: string
  /** Path at the registry, without leading slash. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly connections: number
}

const MADE = { name: 'made-60m', version: '1.0.0' }

export async function startUpstream(): Promise<Recorder> {
  const { stdout } = execaSync('npm', ['config', 'get', 'registry'])
  const origin = stdout.trim().replace(/\/$/, '')
  const recorder = await startRecorder(origin, join(CACHE, 'npm'), (request) =>
    String(request.headers.accept ?? '').includes('vnd.npm.install-v1')
      ? { name: 'abbreviated', headers: { accept: ABBREVIATED } }
      : { name: 'full', headers: { accept: FULL } },
  )
  await addMade(recorder)
  return recorder
}

/** Random bytes do not compress: what travels is what was made. */
async function addMade(recorder: Recorder): Promise<void> {
  const { name, version } = MADE
  const manifest = { name, version, description: 'made for a benchmark', license: 'MIT' }
  const { bytes, integrity, shasum } = await buildPackage(manifest, { 'data.bin': randomBytes(60_000_000) })
  const path = `/${name}/-/${name}-${version}.tgz`
  const packument = {
    name,
    'dist-tags': { latest: version },
    versions: { [version]: { ...manifest, dist: { tarball: `${recorder.url}${path}`, integrity, shasum } } },
    time: {
      created: '2020-01-01T00:00:00.000Z',
      modified: '2020-01-01T00:00:00.000Z',
      [version]: '2020-01-01T00:00:00.000Z',
    },
  }
  recorder.add(`/${name}`, 'application/json', Buffer.from(JSON.stringify(packument)))
  recorder.add(path, 'application/octet-stream', bytes)
}

const PACKUMENTS = [
  { name: 'ms', size: 'small', connections: 32 },
  { name: 'express', size: 'medium', connections: 32 },
  { name: 'typescript', size: 'large', connections: 8 },
]
const TARBALLS = [
  { label: '30 KB tarball', path: 'semver/-/semver-7.6.3.tgz', connections: 32 },
  { label: '1.4 MB tarball', path: 'react-dom/-/react-dom-19.3.1.tgz', connections: 32 },
  { label: '60 MB tarball', path: `${MADE.name}/-/${MADE.name}-${MADE.version}.tgz`, connections: 8 },
]

export function targets(): Target[] {
  const packuments = PACKUMENTS.flatMap(({ name, size, connections }) =>
    [
      { form: 'full', accept: FULL },
      { form: 'abbreviated', accept: ABBREVIATED },
    ].flatMap(({ form, accept }) =>
      ['gzip', 'identity'].map((encoding) => ({
        label: `${size} packument (${name}), ${form}, ${encoding === 'gzip' ? 'gzip' : 'plain'}`,
        path: name,
        headers: { accept, 'accept-encoding': encoding },
        connections,
      })),
    ),
  )
  return [...packuments, ...TARBALLS.map((tarball) => ({ ...tarball, headers: {} }))]
}
