// Decides for which files a syntax tree is worth its time: only where something that acts meets something that feeds it.
import { LiteralIndex } from '../rules/literal-index.ts'

/** Groups of words; a file has a group when one of them occurs, letter case ignored. */
type Groups = Readonly<
  Record<'evaluates' | 'starts' | 'sends' | 'decodes' | 'knows' | 'hides', readonly string[]>
>

/** One word a line, so that words may hold blanks and quotes. */
function words(lines: string): string[] {
  return lines.split('\n').filter((line) => line.trim() !== '')
}

const SCRIPT: Groups = {
  evaluates: words(
    `eval(\neval)\neval,\neval;\n=eval\n= eval\n'eval'\n"eval"\nnew function\nfunction.constructor\nconstructor.constructor\nconstructor("\nconstructor('\nrunin\n_compile(\nvm.script\nrequire-from-string`,
  ),
  starts: words('child_\ncross-spawn\nexeca\nshelljs\nbun.spawn\ndeno.command\ndeno.run\nnode-pty'),
  sends: words(
    `https\n'http'\n"http"\nnode:http\nfetch(\naxios\nrequest(\ngot(\nsuperagent\nneedle\nwebsocket\nsendbeacon\nxmlhttprequest\n'net'\n"net"\nnode:net\n'dns'\n"dns"\nnode:dns\ndgram\nnodemailer`,
  ),
  decodes: words(
    `atob\nbase64\nfromcharcode\ndecipher\ndecrypt\ngunzip\ninflate\nbrotli\nunescape(\n'hex'\n"hex"\nlzstring\nreverse()`,
  ),
  knows: words(
    'hostname\nnetworkinterfaces\nuserinfo\nhomedir\nprocess.env)\nprocess.env}\nprocess.env,\nprocess.env;\n:process.env\n: process.env\n...process.env\n_token\nsecret\n.ssh\n.npmrc\ncredentials\nwhoami\nenv.user\nrmsync\nworkflows',
  ),
  hides: words(`'\\x\n"\\x\n'\\u00\n"\\u00\n' + '\n" + "\n'+'\n"+"\nglobal[\nglobalthis[\nwindow[`),
}

const PYTHON: Groups = {
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
    'environ\ngetenv\ngethostname\nplatform.\ngetpass\ngetlogin\nexpanduser\nhome()\ngetuser\npyperclip\nscreenshot\nimagegrab\nrmtree\n.ssh\ngetcwd\ngetnode',
  ),
  hides: words(`'\\x\n"\\x\n'+'\n"+"\n' + '\n" + "\n\\x6\n\\157\n[::-1]\nglobals()\nlocals()\nvars()`),
}

/** In a file this small everything that acts is looked at. */
const SMALL_BYTES = 4000

/** In a file above `largeBytes` everything occurs somewhere: what acts must lie near what feeds it. */
interface Nearness {
  readonly largeBytes: number
  readonly acts: RegExp
  readonly feeds: RegExp
}

const NEAR = 2_000

const SCRIPT_NEAR: Nearness = {
  largeBytes: 100_000,
  acts: /\beval\(|[=(,]eval[),;]|\bnew Function\b|constructor\.constructor|child_process|_compile\(|process\.env[),;}]|\bhostname\(|networkInterfaces|\bexec\(/g,
  feeds:
    /\batob\(|["']base64["']|fromCharCode|createDecipher|\.decrypt\(|fetch\(|axios|https?["']|https?\.(?:get|request)|["']hex["']/,
}

const PYTHON_NEAR: Nearness = {
  largeBytes: 15_000,
  acts: /\b(?:exec|eval)\(|= ?(?:exec|eval)\b|__import__\(|\bsubprocess\.\w|\bos\.(?:system|popen|startfile)\(|\bos\.environ\b(?![.[])|\bgethostname\(|\bgetuser\(|\bgetlogin\(|\bpickle\.loads|\bgetattr\(__|\brmtree\(|\.ssh\b/g,
  feeds:
    /\b[\w.]{0,20}b(?:16|32|64|85)decode\b|\bdecompress\(|\bfromhex\(|\bunhexlify\(|\.decrypt\(|\brequests\.\w|\burlopen\(|\burlretrieve\(|\bhttpx\.\w|\bmarshal\.loads|\bsocket\.socket\(|\bchr\(|\[::-1\]|\.post\(|\bHTTPS?Connection\(/,
}

function liesTogether(bytes: Uint8Array, { acts, feeds }: Nearness): boolean {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
  let from = -1
  let to = -1
  for (const { index } of text.matchAll(acts)) {
    if (from >= 0 && index <= to && to - from < 100_000) {
      to = index + NEAR
      continue
    }
    if (from >= 0 && feeds.test(text.slice(from, to))) return true
    from = Math.max(0, index - NEAR)
    to = index + NEAR
  }
  return from >= 0 && feeds.test(text.slice(from, to))
}

export const scriptDeservesTree = chooser(SCRIPT, SCRIPT_NEAR)
export const pythonDeservesTree = chooser(PYTHON, PYTHON_NEAR)

function chooser(groups: Groups, nearness: Nearness): (bytes: Uint8Array) => boolean {
  const index = new LiteralIndex(Object.values(groups).flat())
  const idsOf = (group: readonly string[]) => group.map((word) => index.idOf(word))
  const ids = {
    evaluates: idsOf(groups.evaluates),
    starts: idsOf(groups.starts),
    sends: idsOf(groups.sends),
    decodes: idsOf(groups.decodes),
    knows: idsOf(groups.knows),
    hides: idsOf(groups.hides),
  }
  return (bytes) => {
    const found = index.scan(bytes)
    const has = (group: keyof Groups) => ids[group].some((id) => found[id] === 1)
    const evaluates = has('evaluates')
    const starts = has('starts')
    const sends = has('sends')
    if (bytes.length < SMALL_BYTES) return found.includes(1)
    if (!evaluates && !starts && !sends) return has('hides') && has('decodes') && bytes.length < 50_000
    const mayMatter =
      (evaluates && (has('decodes') || sends)) ||
      (starts && (sends || has('decodes') || has('hides'))) ||
      (sends && has('knows'))
    return mayMatter && (bytes.length < nearness.largeBytes || liesTogether(bytes, nearness))
  }
}
