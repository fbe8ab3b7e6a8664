// Words of code that scanners look for beside the patterns of rules: all of them are found in one pass over a file.

export const CAPABILITIES = [
  'network',
  'process',
  'native',
  'environment',
  'filesystem-write',
  'dynamic-code',
  'credentials',
] as const
export type Capability = (typeof CAPABILITIES)[number]

export type CapabilityWords = Readonly<Record<Capability, readonly string[]>>

export const SCRIPT_CAPABILITIES: CapabilityWords = {
  network: [
    "'http'",
    '"http"',
    "'https'",
    '"https"',
    'node:http',
    'fetch(',
    'axios',
    "'net'",
    '"net"',
    'node:net',
    'xmlhttprequest',
    'websocket',
    'undici',
    'node-fetch',
    "'dns'",
    '"dns"',
    'node:dns',
  ],
  process: ['child_process', 'execa', 'cross-spawn', 'bun.spawn', 'deno.command'],
  native: [
    '.node"',
    ".node'",
    'process.dlopen',
    'node-gyp-build',
    "'bindings'",
    '"bindings"',
    'webassembly.',
  ],
  environment: ['process.env', 'deno.env', 'bun.env'],
  'filesystem-write': [
    'writefile',
    'createwritestream',
    'appendfile',
    'mkdirsync',
    'rmsync',
    'unlinksync',
    'outputfile',
  ],
  'dynamic-code': ['eval(', 'new function(', 'vm.runin', 'vm.script', '_compile('],
  credentials: [
    '.npmrc',
    '.aws/credentials',
    '.ssh/',
    '.netrc',
    '.git-credentials',
    '.docker/config',
    '.kube/config',
  ],
}

export const PYTHON_CAPABILITIES: CapabilityWords = {
  network: [
    'import requests',
    'from requests',
    'urllib.request',
    'urlopen',
    'import socket',
    'httpx',
    'aiohttp',
    'http.client',
    'urllib3',
    'smtplib',
    'ftplib',
  ],
  process: ['subprocess', 'os.system', 'os.popen', 'os.exec', 'os.spawn', 'startfile', 'pty.spawn'],
  native: ['ctypes', 'cffi', '.so"', ".so'", '.pyd', '.dll'],
  environment: ['os.environ', 'os.getenv'],
  'filesystem-write': [
    "'wb'",
    '"wb"',
    "'w'",
    '"w"',
    'write_text',
    'write_bytes',
    'shutil.',
    'os.remove',
    'os.makedirs',
  ],
  'dynamic-code': ['exec(', 'eval(', '__import__(', 'marshal.loads', 'pickle.load', 'compile('],
  credentials: [
    '.pypirc',
    '.aws/credentials',
    '.ssh/',
    '.netrc',
    '.git-credentials',
    '.docker/config',
    '.kube/config',
  ],
}

/** Groups of words; a file has a group when one of them occurs, letter case ignored. */
export type TreeWords = Readonly<
  Record<'evaluates' | 'starts' | 'sends' | 'decodes' | 'knows' | 'hides', readonly string[]>
>

/** One word a line, so that words may hold blanks and quotes. */
function words(lines: string): string[] {
  return lines.split('\n').filter((line) => line.trim() !== '')
}

export const SCRIPT_TREE: TreeWords = {
  evaluates: words(
    `eval(\neval)\neval,\neval;\n=eval\n= eval\n'eval'\n"eval"\nnew function\nfunction.constructor\nconstructor.constructor\nconstructor("\nconstructor('\nrunin\n_compile(\nvm.script\nrequire-from-string`,
  ),
  starts: words('child_\ncross-spawn\nexeca\nshelljs\nbun.spawn\ndeno.command\ndeno.run\nnode-pty'),
  sends: words(
    `https\n'http'\n"http"\nnode:http\nfetch(\naxios\nrequest(\ngot(\nsuperagent\nneedle\nwebsocket\nsocket.io-client\nsendbeacon\nxmlhttprequest\n'net'\n"net"\nnode:net\n'dns'\n"dns"\nnode:dns\ndgram\nnodemailer`,
  ),
  decodes: words(
    `atob\nbase64\nfromcharcode\ndecipher\ndecrypt\ngunzip\ninflate\nbrotli\nunescape(\n'hex'\n"hex"\nlzstring\nreverse()`,
  ),
  knows: words(
    'hostname\nnetworkinterfaces\nuserinfo\nhomedir\nprocess.env)\nprocess.env}\nprocess.env,\nprocess.env;\n:process.env\n: process.env\n...process.env\n_token\nsecret\n.ssh\n.npmrc\ncredentials\nwhoami\nenv.user\nrmsync\nworkflows\nmnemonic\nprivatekey\nsecretkey\nseed',
  ),
  hides: words(`'\\x\n"\\x\n'\\u00\n"\\u00\n' + '\n" + "\n'+'\n"+"\nglobal[\nglobalthis[\nwindow[`),
}

export const PYTHON_TREE: TreeWords = {
  evaluates: words(
    `exec(\neval(\nexec (\neval (\n=exec\n=eval\n= exec\n= eval\nexec)\nexec,\n'exec'\n"exec"\n'eval'\n"eval"\n__import__\nmarshal\npickle\nrunpy\nfunctiontype\nbuiltins`,
  ),
  starts: words('subprocess\nos.system\npopen\nstartfile\nshellexecute\nspawn\nfrom os import\ngetattr('),
  sends: words(
    'requests\nurllib\nurlopen\nhttpx\naiohttp\nsocket\nhttp.client\nhttplib\nsmtplib\nftplib\nwebhook\ntelebot\nwget',
  ),
  decodes: words(
    'b64decode\nb32decode\nb85decode\nb16decode\na85decode\ndecodebytes\nunhexlify\nfromhex\nzlib\nlzma\nbz2\nmarshal\ndecrypt\nrot13\nrot_13\nchr(\ncodecs\nbase64\nbytes([\n[::-1]\ntranslate(',
  ),
  knows: words(
    'environ\ngetenv\ngethostname\nplatform.\ngetpass\ngetlogin\nexpanduser\nhome()\ngetuser\npyperclip\nscreenshot\nimagegrab\nrmtree\n.ssh\ngetcwd\ngetnode\nmnemonic\nprivate_key\nsecret_key\nseed',
  ),
  hides: words(`'\\x\n"\\x\n'+'\n"+"\n' + '\n" + "\n\\x6\n\\157\n[::-1]\nglobals()\nlocals()\nvars()`),
}

/** All of them, for the one index. */
export function codeWords(): string[] {
  return [SCRIPT_CAPABILITIES, PYTHON_CAPABILITIES, SCRIPT_TREE, PYTHON_TREE].flatMap((table) =>
    Object.values(table).flat(),
  )
}
