// JavaScript's and Node's names for sources, decoders and sinks.
import { constantOf } from '../flow/constant.ts'
import { environmentTag } from '../flow/environment.ts'
import type { CallExpr } from '../flow/program.ts'
import { TAG } from '../flow/tag.ts'
import type { Vocabulary } from '../flow/vocabulary.ts'

const FS = '(?:fs|fs/promises|fs\\.promises|fs-extra|graceful-fs|memfs|Bun|Deno)'
const NETWORK = new RegExp(
  '^(?:' +
    [
      '(?:follow-redirects\\.)?(?:https?|http2)\\.(?:request|get|connect)(?:\\(\\)\\.(?:on|once|setTimeout|setHeader)){0,4}(?:\\(\\)\\.(?:write|end|send|on|request))?',
      '(?:Bun\\.)?fetch',
      '(?:node-fetch|cross-fetch|isomorphic-fetch|undici|axios|got|needle|request|request-promise|superagent|phin|bent|ky|wretch|unirest|centra|node-fetch-commonjs|make-fetch-happen|minipass-fetch|simple-get|follow-redirects|sync-request|urllib|download)(?:\\.(?:get|post|put|patch|request|fetch|default|concat|stream|send|head|create\\(\\)(?:\\.\\w+)?))?(?:\\(\\)\\.(?:post|get|request|put|send|write|end|form|set|attach))?',
      'XMLHttpRequest\\(\\)(?:\\.(?:open|send|setRequestHeader))?',
      '(?:net|tls)\\.(?:connect|createConnection|Socket|TLSSocket)(?:\\(\\)\\.(?:connect|write|end|on|once))?',
      'dgram\\.createSocket\\(\\)\\.send',
      '(?:WebSocket|ws|ws\\.WebSocket|socket\\.io-client|socket\\.io-client\\.io)\\(\\)(?:\\.(?:send|emit|on|once))?',
      'navigator\\.sendBeacon',
      '(?:\\$|jQuery)\\.(?:ajax|get|post|getJSON)',
      'nodemailer\\.createTransport\\(\\)\\.sendMail',
      '(?:discord\\.js\\.)?WebhookClient\\(\\)\\.send',
      'node-telegram-bot-api\\(\\)\\.send\\w+',
      'Image\\(\\)',
    ].join('|') +
    ')$',
)
const NAME_LOOKUP =
  /^(?:dns|dns\/promises|dns\.promises)\.(?:lookup|resolve\w*|reverse)$|^dns\.Resolver\(\)\.resolve\w*$/
const EXECUTION =
  /^(?:eval|execScript|Function|AsyncFunction|GeneratorFunction|vm\.(?:runIn\w+|Script|compileFunction|SourceTextModule)|vm2\.VM\(\)\.run|vm2\.NodeVM\(\)\.run|require-from-string|node-eval|worker_threads\.Worker|.*\._compile|.*\bconstructor\.constructor|Function\.constructor|Function\.prototype\.constructor)$/
const PROCESS =
  /^(?:child_process|child-process-promise|cross-spawn|execa|shelljs|node-pty|foreground-child|tinyexec|nano-spawn)(?:\.(?:exec|execSync|execFile|execFileSync|spawn|spawnSync|fork|sync|execa|execaSync|execaCommand|execaCommandSync|command|commandSync|x|\$))?$|^(?:Bun\.(?:spawn|spawnSync|\$)|Deno\.(?:run|Command)|zx\.\$|open|sudo-prompt\.exec)$/
const READ = new RegExp(
  `^${FS}\\.(?:readFile|readFileSync|createReadStream|readJson|readJsonSync|readJSON|file|readTextFile)$`,
)
const WRITE = new RegExp(
  `^${FS}\\.(?:writeFile|writeFileSync|appendFile|appendFileSync|createWriteStream|outputFile|outputFileSync|write|writeTextFile|copyFile|copyFileSync)$`,
)
const DELETE = new RegExp(
  `^${FS}\\.(?:rm|rmSync|rmdir|rmdirSync|remove|removeSync|emptyDir|emptyDirSync)$|^(?:rimraf|del)(?:\\.sync)?$`,
)
const DECODER =
  /^(?:atob|base-64\.decode|js-base64\.(?:decode|Base64\.decode|Base64\.atob))$|(?:^|\.)(?:decrypt\w*|privateDecrypt|publicDecrypt|createDecipher\w*)$|^crypto\.createDecipher\w*\(\)\.(?:update|final)$/
const UNPACKER =
  /^(?:unescape|decodeURIComponent)$|(?:^|\.)(?:fromCharCode|fromCodePoint|inflate\w*|gunzip\w*|unzip\w*|brotliDecompress\w*|decompress\w*)$/
const BUFFER = /^(?:buffer\.)?Buffer(?:\.from)?$/
const SEALS =
  /create(?:Hash|Hmac)\b|(?:^|\.)(?:indexOf|lastIndexOf|includes|startsWith|endsWith|test|charCodeAt|codePointAt|search|parseInt|parseFloat|isNaN|existsSync|exists|statSync|stat|lstatSync|extname|isArray|hasOwnProperty|has|warn|error|info|debug|localeCompare|md5|sha1|sha256)$|^(?:WebAssembly\.\w+|Number|Boolean|parseInt|console\.\w+|require\.resolve|path\.(?:extname|isAbsolute))$/
const PASSES_ENVIRONMENT =
  /^(?:JSON\.stringify|Object\.(?:entries|values|keys|assign|fromEntries)|String|Buffer\.from|btoa|encodeURIComponent|escape|(?:querystring|qs)\.stringify|URLSearchParams|util\.inspect|Array\.from|structuredClone)$|\.(?:toString|map|join|stringify|filter|reduce|slice|encode)$/
const DANGEROUS =
  /^(?:child_process|vm|net|dgram|dns|https?|fs|os|eval|Function|process|require|module)(?:\.\w+)*$|^process\.(?:binding|mainModule|env|dlopen)/

/** The table for code that runs in Node or a browser. */
export const scriptVocabulary: Vocabulary = {
  ofPath(path) {
    if (path === 'process.env') return TAG.environment
    const variable = /^process\.env\.(.+)$/.exec(path)?.[1]
    if (variable !== undefined) return environmentTag(variable)
    if (path === '__dirname' || path === '__filename') return TAG.folder
    return /^process\.(?:platform|arch|version)$/.test(path) ? TAG.platform : 0
  },
  ofCall(path, call) {
    if (PROCESS.test(path)) return TAG.output
    if (READ.test(path)) return TAG.file
    if (DECODER.test(path)) return TAG.decoded
    if (UNPACKER.test(path)) return TAG.unpacked
    if (BUFFER.test(path)) return isDecodingBuffer(call) ? TAG.decoded : 0
    return hostTag(path)
  },
  seals: (path) => SEALS.test(path) || READ.test(path) || PROCESS.test(path),
  passesEnvironment: (path) => PASSES_ENVIRONMENT.test(path),
  isNetwork: (path) => NETWORK.test(path),
  isNameLookup: (path) => NAME_LOOKUP.test(path),
  isExecution: (path) => EXECUTION.test(path),
  isProcess: (path) => PROCESS.test(path),
  isWrite: (path) => WRITE.test(path),
  isRead: (path) => READ.test(path),
  isDelete: (path) => DELETE.test(path),
  isDangerous: (path) => DANGEROUS.test(path),
}

function hostTag(path: string): number {
  switch (path) {
    case 'os.hostname':
    case 'systeminformation.osInfo':
    case 'systeminformation.system':
      return TAG.hostname
    case 'os.userInfo':
    case 'os.homedir':
    case 'username':
    case 'whoami':
    case 'systeminformation.users':
      return TAG.user
    case 'os.networkInterfaces':
    case 'dns.getServers':
    case 'ip.address':
    case 'systeminformation.networkInterfaces':
      return TAG.interfaces
    case 'process.cwd':
      return TAG.folder
    default:
      return /^os\.(?:platform|type|release|arch|cpus|totalmem|version)$/.test(path) ? TAG.platform : 0
  }
}

function isDecodingBuffer(call: CallExpr): boolean {
  const encoding = call.args[1] && constantOf(call.args[1])
  return typeof encoding === 'string' && /^(?:base64(?:url)?|hex)$/i.test(encoding)
}
