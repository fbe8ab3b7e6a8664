// An examiner taken over by an artifact, as the pool's `entry`: it introduces itself properly and then does what the job's file name says.

import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { createInterface } from 'node:readline'

const RUNS = [
  { scanner: 'package-reader', version: 1, layer: 'integrity' },
  { scanner: 'code', version: 1, layer: 'code' },
]
const say = (message: unknown) => process.stdout.write(`${JSON.stringify(message)}\n`)
const run = (index: number) => ({ ...RUNS[index], status: 'ran', milliseconds: 1, required: true })
const summary = {
  maintainers: [],
  hooks: [],
  nativeCode: [],
  fileCount: 0,
  unpackedBytes: 0,
  foreignDependencies: [],
  capabilities: [],
}
const clean = { findings: [], runs: [run(0), run(1)], summary }

type Behaviour = (id: number, location: string) => unknown

/** Tries something and tells, as a finding, whether it was possible. */
const attempt = (id: number, work: () => unknown) => {
  let title = 'done'
  try {
    work()
  } catch (thrown) {
    title = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : String(thrown)
  }
  say({ id, examined: { ...clean, findings: [{ rule: 'attempt', layer: 'code', severity: 'info', title }] } })
}

const behaviours: Readonly<Record<string, Behaviour>> = {
  clean: (id) => say({ id, examined: clean }),
  'no answer': () => undefined,
  spin: () => {
    for (;;) createHash('md5').update('x').digest()
  },
  exit: () => process.exit(0),
  abort: () => process.abort(),
  'memory of the heap': () => {
    const kept: unknown[] = []
    for (;;) kept.push(Array.from({ length: 1000 }, () => ({})))
  },
  'memory outside the heap': () => {
    const kept: Buffer[] = []
    for (;;) kept.push(Buffer.alloc(64 * 1024 * 1024, 1))
  },
  'not JSON': () => process.stdout.write('approved\n'),
  'another id': (id) => say({ id: id + 1, examined: clean }),
  'no findings': (id) => say({ id, examined: { runs: clean.runs, summary } }),
  'a run left out': (id) => say({ id, examined: { ...clean, runs: [run(0)] } }),
  'a run of its own': (id) =>
    say({ id, examined: { ...clean, runs: [run(0), { ...run(1), scanner: 'other' }] } }),
  'an optional failure': (id) =>
    say({ id, examined: { ...clean, runs: [run(0), { ...run(1), status: 'failed', required: false }] } }),
  'more than asked': (id) => say({ id, examined: { ...clean, sha256: 'f'.repeat(64) } }),
  'a prototype': (id) =>
    process.stdout.write(`{"id":${id},"examined":{"__proto__":{"findings":[]},"runs":[],"summary":{}}}\n`),
  'a flood': () => {
    const chunk = 'x'.repeat(1024 * 1024)
    const pour = () => {
      while (process.stdout.write(chunk));
      process.stdout.once('drain', pour)
    }
    pour()
  },
  'an answer in advance': (id) => {
    say({ id, examined: clean })
    say({ id: id + 1, examined: clean })
  },
  'read elsewhere': (id) => attempt(id, () => readFileSync('/etc/passwd')),
  'read the artifact': (id, location) => attempt(id, () => readFileSync(location)),
  write: (id, location) => attempt(id, () => writeFileSync(`${location}.new`, 'x')),
  'start a process': (id) => attempt(id, () => spawn('/bin/true')),
  environment: (id) =>
    attempt(id, () => {
      throw new Error(Object.keys(process.env).toSorted().join(' '))
    }),
  connect: (id, location) => {
    const tell = (title: string) =>
      say({
        id,
        examined: { ...clean, findings: [{ rule: 'attempt', layer: 'code', severity: 'info', title }] },
      })
    const socket = connect({ host: '127.0.0.1', port: Number(location.split(':')[1]) }, () =>
      tell('connected'),
    )
    socket.on('error', (error) => tell('code' in error ? String(error.code) : 'failed'))
  },
}

createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, job } = JSON.parse(line)
  behaviours[job.fileName]?.(id, job.location)
})
process.stdin.on('end', () => process.exit(0))
say({ ready: { examinationKey: 'hostile', runs: RUNS } })
