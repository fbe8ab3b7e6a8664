// The sample matrix: every behaviour in every language that has it is stopped, and the same code without its sting is not.
import { describe, expect, it } from 'vitest'
import { contentsOf, examine, stops } from '../../../bench/detection/examine.ts'
import { samples } from '../../../bench/detection/samples.ts'
import { loadRulePacks } from '../../../src/scanners/rules/load.ts'

const packs = loadRulePacks(new URL('../../../rules', import.meta.url).pathname)

describe('samples of the behaviours', () => {
  it.each(
    samples()
      .filter(({ missed }) => missed === undefined)
      .map((sample) => [sample.id, sample] as const),
  )('%s is stopped', async (_id, sample) => {
    const findings = await examine(await contentsOf(sample), packs)
    expect(findings.filter(stops).map((finding) => finding.rule)).not.toEqual([])
  })

  it('says of each stopping finding where and why', async () => {
    for (const sample of samples().slice(0, 40)) {
      const findings = (await examine(await contentsOf(sample), packs)).filter(stops)
      for (const finding of findings) {
        expect(finding.title.length).toBeGreaterThan(5)
        expect(finding.detail).toBeTruthy()
        expect(finding.snippet?.length ?? 0).toBeLessThanOrEqual(200)
      }
    }
  })
})

const HONEST: readonly (readonly [name: string, path: string, text: string])[] = [
  [
    'a loader of environment files',
    'index.js',
    "const fs = require('fs'); for (const line of fs.readFileSync('.env', 'utf8').split('\\n')) { const [k, v] = line.split('='); process.env[k] = v }",
  ],
  [
    'a client with its own key',
    'index.js',
    "export const ask = (q) => fetch('https://api.invalid/v1', { method: 'POST', headers: { authorization: `Bearer ${process.env.SAMPLE_API_KEY}` }, body: JSON.stringify({ q }) })",
  ],
  ['a global finder', 'index.js', "module.exports = new Function('return this')()"],
  [
    'a data address',
    'index.js',
    "module.exports = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ', 'base64')",
  ],
  ['a template compiler', 'index.js', "exports.compile = (t) => new Function('d', 'return `' + t + '`')"],
  [
    'a git wrapper',
    'index.js',
    "const { execFile } = require('child_process'); exports.head = (cb) => execFile('git', ['rev-parse', 'HEAD'], cb)",
  ],
  [
    'a version file',
    'setup.py',
    "from setuptools import setup\nexec(open('pkg/_version.py').read())\nsetup(name='a', version=__version__)",
  ],
  [
    'a native build',
    'setup.py',
    "import subprocess\nfrom setuptools import setup\nflags = subprocess.check_output(['pkg-config', '--cflags', 'libx'])\nsetup(name='a')",
  ],
  [
    'an HTTP client',
    'pkg/__init__.py',
    "import requests, os\ndef get(path):\n    return requests.get('https://api.invalid' + path, headers={'x-key': os.environ['SAMPLE_KEY']})",
  ],
  [
    'a pickle cache',
    'pkg/__init__.py',
    "import pickle\ndef load(p):\n    with open(p, 'rb') as f:\n        return pickle.load(f)",
  ],
]

describe('honest code', () => {
  it.each(HONEST)('%s is not stopped', async (_name, path, text) => {
    const ecosystem = path.endsWith('.py') ? 'pypi' : 'npm'
    const sample = { id: 'x', behaviour: 0, language: 'js', ecosystem, files: { [path]: text } } as const
    const findings = await examine(await contentsOf(sample), packs)
    expect(findings.filter(stops)).toEqual([])
  })
})
