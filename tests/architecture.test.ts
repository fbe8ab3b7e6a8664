// The architecture as data: who may import whom, what only one place may touch, and what no file may name.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { publicHosts } from './support/public-hosts.ts'
import {
  freeGlobals,
  ROOT,
  type SourceFile,
  sourceFiles,
  targetOf,
  trackedFiles,
} from './support/source-tree.ts'

const MAX_LINES = 300
/** A suite that holds one contract or one format to all its rules is a long list, not a tangle. */
const MAX_TEST_LINES = 500

/** A part is a folder of src/ or a file directly in it. What is not in its row, it may not import. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  'main.ts': ['commands', 'config'],
  commands: [
    'policy-run.ts',
    'version-order.ts',
    'examination-run.ts',
    'examination-purls.ts',
    'machine-run.ts',
    'generation-run.ts',
    'feeds-run.ts',
    'gateway.ts',
    'gateway-drift.ts',
    'http',
    'telemetry',
    'config',
    'policy',
    'storage',
    'signing',
    'advisories',
    'access',
    'review',
    'audit',
    'model',
  ],
  'examination-run.ts': [
    'gateway-examiners.ts',
    'gate',
    'config',
    'ecosystems',
    'scanners',
    'advisories',
    'policy',
    'model',
  ],
  'examination-purls.ts': ['examination-run.ts', 'gateway.ts', 'telemetry', 'config', 'model'],
  'machine-run.ts': ['scanners'],
  'gateway-examiners.ts': ['config', 'scanners'],
  'version-order.ts': ['ecosystems', 'policy'],
  'feeds-run.ts': ['gateway-parts.ts', 'gate', 'config', 'advisories', 'storage', 'upstream', 'model'],
  'policy-run.ts': ['gateway-repositories.ts', 'gate', 'config', 'advisories', 'policy', 'storage', 'model'],
  'generation-run.ts': ['gate', 'config', 'ecosystems', 'storage', 'model'],
  'gateway.ts': [
    'gateway-api.ts',
    'gateway-drift.ts',
    'gateway-parts.ts',
    'gateway-repositories.ts',
    'notify',
    'http',
    'gate',
    'telemetry',
    'config',
    'ecosystems',
    'upstream',
    'scanners',
    'advisories',
    'policy',
    'signing',
    'storage',
    'access',
    'audit',
    'console',
    'model',
  ],
  'gateway-api.ts': [
    'version-order.ts',
    'gateway-parts.ts',
    'http',
    'gate',
    'telemetry',
    'config',
    'access',
    'review',
    'policy',
    'model',
  ],
  'gateway-parts.ts': [
    'gateway-examiners.ts',
    'http',
    'gate',
    'telemetry',
    'config',
    'ecosystems',
    'upstream',
    'scanners',
    'advisories',
    'policy',
    'signing',
    'storage',
    'audit',
    'console',
    'model',
  ],
  'gateway-drift.ts': ['gateway-parts.ts', 'gate', 'notify', 'telemetry', 'config', 'model'],
  'gateway-repositories.ts': ['gate', 'config', 'ecosystems', 'policy', 'model'],
  'examiner.ts': ['ecosystems', 'scanners', 'archive', 'model'],
  console: ['http', 'gate', 'policy', 'storage', 'audit', 'model'],
  http: ['access', 'review', 'gate', 'policy', 'storage', 'signing', 'audit', 'model'],
  telemetry: ['config', 'gate', 'model'],
  notify: ['upstream', 'storage', 'config', 'gate', 'model'],
  gate: [
    'lockfiles',
    'ecosystems',
    'upstream',
    'scanners',
    'advisories',
    'policy',
    'signing',
    'storage',
    'audit',
    'model',
  ],
  ecosystems: ['archive', 'model'],
  // Only the contract of the blob store, into which downloads go.
  upstream: ['storage', 'model'],
  scanners: ['archive', 'model'],
  advisories: ['archive', 'model'],
  policy: ['model'],
  signing: ['model'],
  storage: ['model'],
  audit: ['storage', 'model'],
  access: ['storage', 'audit', 'model'],
  review: ['policy', 'storage', 'audit', 'model'],
  config: ['policy', 'model'],
  lockfiles: ['model'],
  archive: ['model'],
  model: [],
}

/** Rows that are allowed for the sake of some files only: from a part, to a part, these files. */
const ONLY_FILES: readonly (readonly [string, string, readonly string[]])[] = [
  ['upstream', 'storage', ['blob-store.ts']],
  ['examiner.ts', 'ecosystems', ['readers.ts', 'package-reader.ts']],
  ['telemetry', 'gate', ['events.ts']],
  ['telemetry', 'config', ['config.ts']],
  ['notify', 'gate', ['events.ts']],
]

/** What only these parts or files may touch: module specifiers, or global names. */
const ONLY_IN: readonly (readonly [string, 'module' | 'global', readonly string[], readonly string[]])[] = [
  [
    'the network outwards',
    'module',
    ['undici', 'node:net', 'node:tls', 'node:dns', 'node:dns/promises'],
    // clamd is a daemon of the operator's, on a socket that the configuration names.
    ['upstream', 'http', 'scanners/external/clamd-protocol.ts'],
  ],
  [
    'other programs',
    'module',
    ['node:child_process', 'execa', 'node:cluster'],
    [
      'config/machine.ts',
      'scanners/external/program.ts',
      'scanners/pool/examiner-process.ts',
      'scanners/pool/isolation.ts',
    ],
  ],
  ['the listening socket', 'module', ['node:http', 'node:https', '@hono/node-server'], ['http']],
  ['fetch', 'global', ['fetch', 'XMLHttpRequest', 'WebSocket', 'EventSource'], ['upstream']],
  ['databases', 'module', ['kysely', 'node:sqlite', 'pg'], ['storage']],
  [
    'the process',
    'module',
    ['node:process', 'process'],
    // The pool needs the path of the Node that runs it, to start examiners with the same one.
    // Ending a tool means ending its whole process group, which only `kill` can.
    ['main.ts', 'examiner.ts', 'config/environment.ts', 'scanners/pool.ts', 'scanners/external/program.ts'],
  ],
  ['the process', 'global', ['process'], ['examiner.ts']],
]

const tracked = trackedFiles()
const sources = sourceFiles(tracked)

it('every part of src/ has a row in the table', () => {
  const parts = [...new Set(sources.map(({ part }) => part))].filter((part) => !part.endsWith('.json'))
  expect(parts.filter((part) => MAY_IMPORT[part] === undefined)).toEqual([])
  expect(sources.length).toBeGreaterThan(50)
})

it('nobody imports what the table does not allow', () => {
  const breaches = sources.flatMap((file) =>
    file.imports
      .filter((specifier) => specifier.startsWith('.'))
      .map((specifier) => targetOf(file, specifier))
      .filter((target) => !isAllowed(file.part, target))
      .map((target) => `${file.path} -> ${target}`),
  )
  expect(breaches).toEqual([])
})

function isAllowed(part: string, target: string): boolean {
  const [to = '', ...rest] = target.split('/')
  if (to === part || target.startsWith('..')) return to === part
  if (MAY_IMPORT[part]?.includes(to) !== true) return false
  const only = ONLY_FILES.find(([from, toPart]) => from === part && toPart === to)
  return only === undefined || only[2].includes(rest.join('/'))
}

it('one ecosystem never imports another', () => {
  const breaches = sources
    .filter(({ path }) => /^ecosystems\/[^/]+\//.test(path))
    .flatMap((file) =>
      file.imports
        .filter((specifier) => specifier.startsWith('.'))
        .map((specifier) => targetOf(file, specifier))
        .filter((target) => /^ecosystems\/[^/]+\//.test(target))
        .filter((target) => target.split('/')[1] !== file.path.split('/')[1])
        .map((target) => `${file.path} -> ${target}`),
    )
  expect(breaches).toEqual([])
})

describe.each(ONLY_IN.map(([what, kind, names, places]) => ({ what, kind, names, places })))(
  '$what ($kind) is touched only in $places',
  ({ kind, names, places }) => {
    it('and nowhere else', () => {
      const breaches = sources
        .filter(({ path, part }) => !places.includes(part) && !places.includes(path))
        .flatMap((file) => usesOf(file, kind, names).map((name) => `${file.path}: ${name}`))
      expect(breaches).toEqual([])
    })
  },
)

function usesOf(file: SourceFile, kind: 'module' | 'global', names: readonly string[]): readonly string[] {
  if (kind === 'module') return names.filter((name) => file.imports.includes(name))
  // Most files do not even contain the word.
  return names.some((name) => file.text.includes(name)) ? freeGlobals(file.text, names) : []
}

it('no SQL is written outside of storage', () => {
  const sql =
    /['"`]\s*(SELECT\s.+\sFROM|INSERT\s+INTO|UPDATE\s+\S+\s+SET|DELETE\s+FROM|CREATE\s+TABLE|PRAGMA)\s/i
  const breaches = sources.filter(({ part, text }) => part !== 'storage' && sql.test(text))
  expect(breaches.map(({ path }) => path)).toEqual([])
})

it('a list of plug-ins holds an ordered array, and nothing registers itself', () => {
  const lists = sources.filter(({ path }) => path.endsWith('/all.ts'))
  expect(lists.length).toBeGreaterThanOrEqual(3)
  for (const { path, text } of lists)
    expect([path, /export const \w+.*= \[/.test(text)]).toEqual([path, true])
  expect(sources.filter(({ text }) => /^import\s+['"]/m.test(text)).map(({ path }) => path)).toEqual([])
})

it(`no file is longer than ${MAX_LINES} lines, and every module says what it is for`, () => {
  const code = tracked.filter(({ path }) => /^(src|tests|bench)\/.*\.ts$/.test(path))
  const long = code.filter(({ path, bytes }) => {
    const lines = bytes.toString('utf8').trimEnd().split('\n').length
    return lines > (path.startsWith('src/') ? MAX_LINES : MAX_TEST_LINES)
  })
  expect(long.map(({ path }) => path)).toEqual([])
  const silent = code.filter(({ bytes }) => !/^(#![^\n]*\n)?(\/\/|\/\*\*?) ?\S/.test(bytes.toString('utf8')))
  expect(silent.map(({ path }) => path)).toEqual([])
})

it('every dependency has its row, with the reason', () => {
  const manifest: unknown = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
  const documented = readFileSync(join(ROOT, 'docs/dependencies.md'), 'utf8')
  const names = ['dependencies', 'devDependencies', 'optionalDependencies'].flatMap((field) =>
    keysOf(manifest, field),
  )
  expect(names.length).toBeGreaterThan(10)
  const rows = documented.split('\n').flatMap((line) => /^\| ([^|]*) \|/.exec(line)?.[1] ?? [])
  const missing = names.filter((name) => !rows.some((row) => row.includes(`\`${name}\``)))
  expect(missing).toEqual([])
})

it('no file names the host of a public registry', async () => {
  const hosts = await publicHosts()
  // Without npm there would be nothing to look for, and the test would pass in silence.
  expect(hosts.length).toBeGreaterThan(0)
  const breaches = tracked.flatMap(({ path, bytes }) =>
    hosts
      .filter((host) => bytes.includes(host))
      .map((host) => `${path} names a host of ${host.length} letters`),
  )
  expect(breaches).toEqual([])
})

function keysOf(manifest: unknown, field: string): readonly string[] {
  if (typeof manifest !== 'object' || manifest === null) return []
  const value: unknown = Object.entries(manifest).find(([key]) => key === field)?.[1]
  return typeof value === 'object' && value !== null ? Object.keys(value) : []
}
