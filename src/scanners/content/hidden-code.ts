// Decodes literals and looks again: an address, a command or code that the package keeps encoded.
import { type Finding, severityAtLeast } from '../../model/finding.ts'
import type { PackageContents } from '../../model/package-contents.ts'
import type { RuleSet } from '../rules/compile.ts'
import type { Scanner } from '../scanner.ts'
import { factsOfPython, factsOfScript } from './code-analysis.ts'
import { findingsOfAnalysis, findingsOfFacts } from './code-facts.ts'
import { type CodeFile, codeFilesOf } from './code-files.ts'
import { scanFile } from './content-rules.ts'
import { type DecodedLiteral, decodedLiterals } from './encoded-literals.ts'
import { fileScanner, walkWithRules } from './file-scanner.ts'
import type { Fact } from './flow/facts.ts'
import type { Language } from './language.ts'
import { looseText } from './text.ts'

const MAX_DEPTH = 3
const MAX_CODE_LITERALS = 40

const ADDRESS = /^\s{0,4}(?:https?|wss?|ftp):\/\/[^\s"'<>]{4,}/i
const COMMAND =
  /(?:^|[\s;&|"'(])(?:curl|wget) [^\n]{0,200}(?:https?:|\d{1,3}\.\d{1,3}\.)|\bpowershell\b|\bcmd(?:\.exe)? \/c\b|\/bin\/(?:ba)?sh\b|\bchmod \+x\b|\bInvoke-(?:WebRequest|Expression)\b|\bDownloadString\b|\/dev\/tcp\//i
/** A pickle that calls a function of the system. */
const PICKLED_COMMAND =
  /c(?:os|posix|nt|subprocess|builtins|__builtin__)\n(?:system|popen|exec|eval|Popen|call|run|check_output)\n/
const PYTHON_CODE =
  /(?:^|[\n;])\s{0,20}(?:import (?:os|sys|subprocess|socket|requests|urllib|base64|ctypes|zlib|marshal|platform|threading)\b|from [\w.]{1,40} import )|(?:^|[^.\w])exec\(|\b__import__\(|\bsubprocess\.|\burlopen\(/
const SCRIPT_CODE =
  /\brequire\(["'](?:node:)?(?:child_process|https?|fs|os|net|dns|vm|crypto)["']\)|\beval\(|\bnew Function\(|\bchild_process\b|\bprocess\.env\b/

export const hiddenCode: Scanner = fileScanner({
  id: 'hidden-code',
  version: 1,
  layer: 'code',
  applies: (contents) => (codeFilesOf(contents).some(isCode) ? true : 'the package holds no code'),
  walk: walkWithRules((file, contents, rules) => (isCode(file) ? hiddenInFile(file, contents, rules) : [])),
})

function isCode({ language }: CodeFile): boolean {
  return (
    language === 'javascript' || language === 'typescript' || language === 'python' || language === 'shell'
  )
}

function hiddenInFile(file: CodeFile, contents: PackageContents, rules: RuleSet): Finding[] {
  const { bytes } = file.text
  const literals = decodedLiterals(bytes)
  if (literals.length === 0) return []
  const facts = literals.flatMap((literal) => factsOfLiteral(literal))
  const source = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
  const attacks = literals
    .filter(({ text }) => PYTHON_CODE.test(text) || SCRIPT_CODE.test(text))
    .slice(0, MAX_CODE_LITERALS)
    .filter((literal) => isAttack(literal.text, file, contents, rules, 1))
    .map((literal): Fact => ({ query: 'hidden-attack', at: literal.at }))
  return findingsOfFacts([...facts, ...attacks], source, file, contents, rules)
}

function factsOfLiteral({ text, at, encoding }: DecodedLiteral): Fact[] {
  const facts: Fact[] = []
  if (ADDRESS.test(text) && text.length < 500)
    facts.push({ query: `hidden-address-${encoding}`, at }, { query: 'hidden-address', at })
  if (COMMAND.test(text) || PICKLED_COMMAND.test(text)) facts.push({ query: 'hidden-command', at })
  if (SCRIPT_CODE.test(text)) facts.push({ query: 'hidden-script', at })
  else if (PYTHON_CODE.test(text)) facts.push({ query: 'hidden-python', at })
  return facts
}

/** Whether the decoded text, looked at like a file of the package, would itself be found strongly. */
function isAttack(
  text: string,
  file: CodeFile,
  contents: PackageContents,
  rules: RuleSet,
  depth: number,
): boolean {
  const language: Language = SCRIPT_CODE.test(text) ? 'javascript' : 'python'
  const inner: CodeFile = {
    path: file.path,
    language,
    text: looseText(Buffer.from(text, 'latin1')),
    partial: false,
    reach: () => file.reach(),
  }
  const analysis = language === 'python' ? factsOfPython(text) : factsOfScript(text, false)
  const found = [...scanFile(inner, contents, rules), ...findingsOfAnalysis(analysis, inner, contents, rules)]
  if (found.some((finding) => severityAtLeast(finding.severity, 'high'))) return true
  if (depth >= MAX_DEPTH) return false
  return decodedLiterals(inner.text.bytes).some(
    (literal) =>
      (PYTHON_CODE.test(literal.text) || SCRIPT_CODE.test(literal.text)) &&
      isAttack(literal.text, inner, contents, rules, depth + 1),
  )
}
