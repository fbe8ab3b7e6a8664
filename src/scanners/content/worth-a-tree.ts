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

/** Above this a file is a bundle in which everything occurs somewhere: what acts must lie near what feeds it. */
const LARGE_BYTES = 100_000
const NEAR_BYTES = 2_000
const SHARP =
  /\beval\(|[=(,]eval[),;]|\bnew Function\b|constructor\.constructor|child_process|_compile\(|process\.env[),;}]|\bhostname\(|networkInterfaces|\bexec\(|__import__|os\.environ\)/g
const FEED =
  /\batob\(|["']base64["']|fromCharCode|createDecipher|\.decrypt\(|b64decode|decompress|fromhex|fetch\(|axios|https?["']|https?\.(?:get|request)|requests\.|urlopen|["']hex["']/

function liesTogether(bytes: Uint8Array): boolean {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
  for (const match of text.matchAll(SHARP)) {
    const from = Math.max(0, match.index - NEAR_BYTES)
    if (FEED.test(text.slice(from, match.index + NEAR_BYTES))) return true
  }
  return false
}

export const scriptDeservesTree = chooser(SCRIPT)
export const pythonDeservesTree = chooser(PYTHON)

function chooser(groups: Groups): (bytes: Uint8Array) => boolean {
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
    return mayMatter && (bytes.length < LARGE_BYTES || liesTogether(bytes))
  }
}
