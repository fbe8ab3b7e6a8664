// Python's names for sources, decoders and sinks.
import { constantOf } from '../flow/constant.ts'
import { environmentTag } from '../flow/environment.ts'
import type { CallExpr, Expr } from '../flow/program.ts'
import { pathOf } from '../flow/resolve.ts'
import { TAG } from '../flow/tag.ts'
import { valuesOf } from '../flow/values.ts'
import type { Vocabulary } from '../flow/vocabulary.ts'

const HTTP_METHODS = '(?:get|post|put|patch|delete|head|options|request|stream|send|urlopen)'
const NETWORK = new RegExp(
  '^(?:' +
    [
      `(?:requests|httpx|cloudscraper|niquests|curl_cffi\\.requests|pip\\._vendor\\.requests|grequests|tls_client)(?:\\.(?:Session|Client|AsyncClient|session|create_scraper)\\(\\))?\\.${HTTP_METHODS}`,
      'urllib\\.request\\.(?:urlopen|urlretrieve|Request|build_opener\\(\\)\\.open)',
      'urllib2?\\.(?:urlopen|urlretrieve|Request)',
      'six\\.moves\\.urllib\\.request\\.(?:urlopen|urlretrieve)',
      `urllib3\\.(?:PoolManager\\(\\)\\.)?${HTTP_METHODS}`,
      `aiohttp\\.(?:ClientSession\\(\\)\\.${HTTP_METHODS}|request)`,
      '(?:http\\.client|httplib)\\.HTTPS?Connection(?:\\(\\)\\.(?:request|send))?',
      'socket\\.(?:create_connection|socket\\(\\)\\.(?:connect|connect_ex|send|sendall|sendto|recv|makefile))(?:\\(\\)\\.(?:send|sendall|recv))?',
      'wget\\.download',
      'smtplib\\.SMTP(?:_SSL)?\\(\\)\\.(?:sendmail|send_message|login)',
      'ftplib\\.FTP(?:_TLS)?(?:\\(\\)\\.(?:storbinary|login))?',
      '(?:websocket|websockets)\\.(?:create_connection|connect|WebSocketApp)(?:\\(\\)\\.send)?',
      '(?:dhooks|discord|discord_webhook|disnake)\\.(?:Webhook|DiscordWebhook|SyncWebhook)(?:\\.from_url)?\\(\\)\\.(?:send|execute)',
      '(?:telebot\\.TeleBot|telegram\\.Bot)\\(\\)\\.send_\\w+',
      'dropbox\\.Dropbox\\(\\)\\.files_upload',
      'paramiko\\.SSHClient\\(\\)\\.connect',
      'pycurl\\.Curl\\(\\)\\.(?:setopt|perform)',
      'asyncio\\.open_connection',
      '(?:requests\\.(?:api|sessions)|urllib3\\.request)\\.\\w+(?:\\(\\)\\.\\w+)?',
      'urllib\\.request\\.URLopener\\(\\)\\.\\w+',
      '(?:socketio|telnetlib|imaplib|poplib|xmlrpc\\.client|xmlrpclib|pymongo|slack_sdk|telethon\\.sync|pyrogram|mega|ftputil|pysftp|redis)\\.(?:\\w+\\.)?[A-Z]\\w*(?:\\(\\)(?:\\.\\w+)*)?',
      '(?:paramiko\\.SSHClient\\(\\)\\.open_sftp\\(\\)|ftplib\\.FTP(?:_TLS)?\\(\\))\\.\\w+',
    ].join('|') +
    ')$',
)
const NAME_LOOKUP =
  /^(?:socket\.(?:gethostbyname|gethostbyname_ex|getaddrinfo)|dns\.resolver\.(?:resolve|query|Resolver\(\)\.(?:resolve|query)))$/
const EXECUTION =
  /^(?:exec|eval|execfile|builtins\.(?:exec|eval)|__builtins__\.(?:exec|eval)|types\.(?:FunctionType|CodeType)|runpy\.run_\w+|code\.(?:InteractiveInterpreter|InteractiveConsole)\(\)\.(?:runsource|runcode|push)|pty\.spawn|(?:c?pickle|cPickle|dill|cloudpickle|marshal)\.loads?)$/
const PROCESS =
  /^(?:os\.(?:system|popen\d?|exec[lv]p?e?|spawn[lv]p?e?|posix_spawnp?|startfile)|subprocess\.(?:run|call|check_call|check_output|Popen|getoutput|getstatusoutput)|commands\.get\w*output|popen2\.\w+|pty\.spawn|asyncio\.create_subprocess_(?:exec|shell)|asyncio\.subprocess\.create_subprocess_\w+|sh\.\w+|pexpect\.spawn|win32api\.ShellExecute|ctypes\.windll\.shell32\.ShellExecute\w|plumbum\.local|(?:win32process|_winapi)\.CreateProcess|multiprocessing\.util\.spawnv_passfds|_posixsubprocess\.fork_exec|nt\.system|posix\.system)$/
const READ =
  /^(?:open|io\.open|codecs\.open|os\.open|builtins\.open|(?:pathlib\.)?Path\(\)(?:\.\w+\(\))*\.(?:read_text|read_bytes|open)|aiofiles\.open|shutil\.make_archive|zipfile\.ZipFile)$/
const WRITE =
  /^(?:(?:io\.|codecs\.|builtins\.|aiofiles\.)?open\(\)\.(?:write|writelines)|(?:pathlib\.)?Path\(\)\.(?:write_text|write_bytes)|(?:pathlib\.)?Path\(\)\.open\(\)\.write|urllib\.(?:request\.)?urlretrieve|wget\.download|shutil\.(?:copyfileobj|copy\w*|move))$/
const DELETE = /^(?:shutil\.rmtree|os\.removedirs)$/
const DECODER =
  /(?:^|\.)(?:(?:standard_|urlsafe_)?b(?:16|32|64|85)decode|a85decode|decodebytes|decodestring|decompress\w*|unhexlify|a2b_\w+|fromhex|decrypt\w*)$|^(?:codecs\.decode|marshal\.loads|(?:c?pickle|cPickle|dill)\.loads|zlib\.decompressobj\(\)\.decompress)$/
const SEALS =
  /^(?:len|int|float|bool|isinstance|hasattr|print|id|hash|range|type|os\.path\.(?:exists|isfile|isdir|getsize)|hashlib\.\w+|logging\.\w+|re\.(?:match|search|compile|findall))(?:\(\)\.\w+)*$|(?:^|\.)(?:startswith|endswith|find|index|count|isdigit|hexdigest|digest|exists|is_file|is_dir|debug|info|warning|error)$/
const PASSES_ENVIRONMENT =
  /^(?:dict|str|repr|list|tuple|sorted|json\.dumps|pprint\.pformat|urllib\.parse\.(?:urlencode|quote|quote_plus)|urllib\.(?:urlencode|quote)|base64\.\w+|zlib\.compress|bytes|copy\.\w+|pickle\.dumps|binascii\.hexlify|bytearray|map|zip|filter|(?:threading\.)?(?:Thread|Timer)|multiprocessing\.Process|functools\.partial|asyncio\.to_thread)$|\.(?:copy|items|values|keys|encode|decode|format|join|hex)$/
const DANGEROUS =
  /^(?:os|subprocess|socket|exec|eval|builtins|sys|ctypes|requests|urllib|marshal|base64|zlib|shutil|pty|__import__|compile)(?:\.\w+)*$/

/** The table for Python 2 and 3. */
export const pythonVocabulary: Vocabulary = {
  ofPath(path) {
    if (path === 'os.environ') return TAG.environment
    const variable = /^os\.environ\.(.+)$/.exec(path)?.[1]
    if (variable !== undefined) return environmentTag(variable)
    if (path === '__file__') return TAG.folder
    if (/^(?:flask|quart|bottle|sanic)\.request(?:\.\w+)*$/.test(path)) return TAG.fetched
    return path === 'sys.platform' || path === 'sys.version' ? TAG.platform : 0
  },
  ofCall(path, call) {
    if (PROCESS.test(path)) return TAG.output
    if (READ.test(path)) return TAG.file
    if (DECODER.test(path)) return TAG.decoded
    if (/(?:^|\.)(?:unquote|translate|chr|unichr)$/.test(path)) return TAG.unpacked
    if (/^(?:bytes|bytearray)$/.test(path)) return isMadeOfNumbers(call) ? TAG.unpacked : 0
    if (/\.decode$|^decode$/.test(path) && hasDecodingCodec(call)) return TAG.decoded
    if (path === 'os.getenv' || /^os\.environ\.(?:get|pop|setdefault)$/.test(path)) return variableTag(call)
    if (/^(?:browser_cookie3|browsercookie|rookiepy)\.\w+$/.test(path)) return TAG.credential
    if (/^(?:flask|quart|bottle)\.request\.\w+/.test(path)) return TAG.fetched
    return hostTag(path)
  },
  seals: (path) =>
    SEALS.test(path) || READ.test(path) || PROCESS.test(path) || /^os\.(?:getenv|environ\.get)$/.test(path),
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
    case 'socket.gethostname':
    case 'socket.getfqdn':
    case 'platform.node':
    case 'platform.uname':
    case 'os.uname':
      return TAG.hostname
    case 'getpass.getuser':
    case 'os.getlogin':
    case 'pwd.getpwuid':
      return TAG.user
    case 'uuid.getnode':
    case 'socket.gethostbyname':
    case 'netifaces.interfaces':
    case 'psutil.net_if_addrs':
      return TAG.interfaces
    case 'os.getcwd':
    case 'pathlib.Path.cwd':
      return TAG.folder
    case 'pyperclip.paste':
    case 'PIL.ImageGrab.grab':
    case 'pyautogui.screenshot':
    case 'mss.mss().grab':
    case 'cv2.VideoCapture().read':
    case 'win32clipboard.GetClipboardData':
      return TAG.watched
    default:
      return /^platform\.\w+$/.test(path) ? TAG.platform : 0
  }
}

/** Not the bytes of a text or of a file, as far as can be seen. */
function isMadeOfNumbers({ args: [first, second] }: CallExpr): boolean {
  if (!first || second) return false
  const values = valuesOf(first)
  return values.length > 0 && values.every(isCollected)
}

/** A list, a comprehension, or an array that is filled item by item. */
function isCollected(value: Expr): boolean {
  if (value.kind === 'call') return pathOf(value) === 'bytearray()' && value.args.length === 0
  return value.kind === 'list' || value.kind === 'mix'
}

function variableTag(call: CallExpr): number {
  const name = call.args[0] && constantOf(call.args[0])
  return typeof name === 'string' ? environmentTag(name) : 0
}

function hasDecodingCodec(call: CallExpr): boolean {
  const codec = call.args[0] && constantOf(call.args[0])
  return (
    typeof codec === 'string' &&
    /^(?:rot_?13|hex|base64|zlib|bz2|uu|unicode_escape|idna|hex_codec|base64_codec)$/i.test(codec)
  )
}
