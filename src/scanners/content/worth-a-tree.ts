// Decides for which files a syntax tree is worth its time: only where something that acts meets something that feeds it.
import { PYTHON_TREE, SCRIPT_TREE, type TreeWords } from '../rules/code-words.ts'
import type { RuleSet } from '../rules/compile.ts'
import type { EntryText } from './text.ts'

/** The one evaluator whose name is also a common word in lower case. */
const BARE_FUNCTION = /(?:^|[^\w.$])Function\(/

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
  acts: /\beval\(|[=(,]eval[),;]|\bnew Function\b|constructor\.constructor|child_process|_compile\(|process\.env[),;}]|\bhostname\(|networkInterfaces|\bexec\(|\bmnemonic\b|\bprivateKey\b|\bsecretKey\b|\bseedPhrase\b/g,
  feeds:
    /\batob\(|["']base64["']|fromCharCode|createDecipher|\.decrypt\(|fetch\(|axios|https?["']|https?\.(?:get|request)|["']hex["']|XMLHttpRequest|sendBeacon|socket\.io-client/,
}

const PYTHON_NEAR: Nearness = {
  largeBytes: 15_000,
  acts: /\b(?:exec|eval)\(|= ?(?:exec|eval)\b|__import__\(|\bsubprocess\.\w|\bos\.(?:system|popen|startfile)\(|\bos\.environ(?:\.(?:copy|items)\(|\b(?![.[]))|\bmnemonic\b|\bprivate_key\b|\bseed_phrase\b|\bgethostname\(|\bgetuser\(|\bgetlogin\(|\bpickle\.loads|\bgetattr\(__|\brmtree\(|\.ssh\b/g,
  feeds:
    /\b[\w.]{0,20}b(?:16|32|64|85)decode\b|\bdecompress\(|\bfromhex\(|\bunhexlify\(|\.decrypt\(|\brequests\.\w|\burlopen\(|\burlretrieve\(|\bhttpx\.\w|\bmarshal\.loads|\bsocket\.socket\(|\bchr\(|\[::-1\]|\.post\(|\bHTTPS?Connection\(|\bget\(["']https?:/,
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

export const scriptDeservesTree = chooser(SCRIPT_TREE, SCRIPT_NEAR)
export const pythonDeservesTree = chooser(PYTHON_TREE, PYTHON_NEAR)

/** Whether files that load one another deserve trees for what they do together. */
export const scriptsMatterTogether = togetherness(SCRIPT_TREE)
export const pythonMattersTogether = togetherness(PYTHON_TREE)

type Group = keyof TreeWords
const GROUPS: readonly Group[] = ['evaluates', 'starts', 'sends', 'decodes', 'knows', 'hides']

type Has = (group: Group) => boolean

function chooser(words: TreeWords, nearness: Nearness): (text: EntryText, rules: RuleSet) => boolean {
  const groupsOf = groupFinder(words)
  return (text, rules) => {
    const has = groupsOf(text, rules)
    const length = text.sizeBytes
    if (length < SMALL_BYTES) return GROUPS.some(has) || BARE_FUNCTION.test(text.raw)
    if (!has('evaluates') && !has('starts') && !has('sends'))
      return has('hides') && has('decodes') && length < 50_000
    return mayMatter(has) && (length < nearness.largeBytes || liesTogether(text.bytes, nearness))
  }
}

/** Something that acts meets something that feeds it. */
function mayMatter(has: Has): boolean {
  const sends = has('sends')
  return (
    (has('evaluates') && (has('decodes') || sends)) ||
    (has('starts') && (sends || has('decodes') || has('hides'))) ||
    (sends && has('knows'))
  )
}

function togetherness(words: TreeWords): (texts: readonly EntryText[], rules: RuleSet) => boolean {
  const groupsOf = groupFinder(words)
  return (texts, rules) => {
    const each = texts.map((text) => groupsOf(text, rules))
    return mayMatter((group) => each.some((has) => has(group)))
  }
}

function groupFinder(words: TreeWords): (text: EntryText, rules: RuleSet) => Has {
  const known = new WeakMap<RuleSet, ReadonlyMap<Group, readonly number[]>>()
  const idsFor = (rules: RuleSet) => {
    let ids = known.get(rules)
    if (!ids) {
      ids = new Map(GROUPS.map((group) => [group, words[group].map((word) => rules.index.idOf(word))]))
      known.set(rules, ids)
    }
    return ids
  }
  return (text, rules) => {
    const { present } = text.against(rules)
    const ids = idsFor(rules)
    return (group) => ids.get(group)?.some((id) => present[id] === 1) === true
  }
}
