// Looks at every call of a program once and collects the facts that rules ask for.
import { type CommandText, Context, type JudgedCall } from './context.ts'
import type { Fact } from './facts.ts'
import { handedCalls } from './handed-calls.ts'
import { judgeExecution, judgeHiddenName, judgeLoad, judgeProcess } from './judge-execution.ts'
import { judgeDelete, judgeRead, judgeWrite } from './judge-files.ts'
import { judgeNameLookup, judgeNetwork } from './judge-network.ts'
import type { CallExpr, Program } from './program.ts'
import { isModuleLoader, pathOf } from './resolve.ts'
import { hasTag, TAG } from './tag.ts'
import type { Vocabulary } from './vocabulary.ts'

type Judge = (context: Context, judged: JudgedCall) => void

export interface Analysis {
  /** One of a name. */
  readonly facts: readonly Fact[]
  readonly commands: readonly CommandText[]
  /** Texts of the program that are programs themselves and are made to run. */
  readonly programs: readonly CommandText[]
}

/** Facts of a program and the command lines of processes it starts. */
export function analyse(program: Program, vocabulary: Vocabulary): Analysis {
  const context = new Context(program, vocabulary)
  const judged = [...program.calls, ...handedCalls(program, vocabulary)].map((call) => ({
    call,
    path: pathOf(call.callee),
  }))
  for (const { call, path } of judged) judgeHiddenName(context, call, path)
  // Writes first: a process started by the name of a written file is judged by what was written.
  for (const each of judged) judgeBy(context, each.call, each.path, writeJudges)
  for (const each of judged) judgeBy(context, each.call, each.path, otherJudges)
  for (const each of judged) {
    judgeReverseShell(context, each.call, each.path)
    if (each.path !== undefined) noteSource(context, each.call, each.path)
  }
  judgeEncoded(context)
  const { facts, commands, programs } = context
  return { facts: facts.all, commands, programs }
}

/** What a program asks for, whatever becomes of it. */
function noteSource({ facts, vocabulary }: Context, call: CallExpr, path: string): void {
  const tags = vocabulary.ofCall(path, call)
  if (hasTag(tags, TAG.decoded)) facts.add('decodes', call.at)
  if (hasTag(tags, TAG.unpacked)) facts.add('unpacks', call.at)
  if (/homedir/.test(path)) facts.add('asks-home', call.at)
  else if (tags & (TAG.hostname | TAG.user | TAG.interfaces)) facts.add('asks-host', call.at)
}

const MIN_ENCODED = 400
/** Of a file that is little else than one encoded text. */
const MOSTLY = 0.5

function judgeEncoded({ program, facts }: Context): void {
  const encoded = program.texts.filter(({ value }) => isEncoded(value))
  const [first] = encoded
  if (!first) return
  facts.add('encoded-literal', first.at)
  const length = encoded.reduce((sum, { value }) => sum + value.length, 0)
  if (length > program.source.length * MOSTLY) facts.add('mostly-encoded', first.at)
}

/** A long literal without the blanks of text. */
function isEncoded(value: string): boolean {
  if (value.length < MIN_ENCODED) return false
  const start = value.slice(0, 2000).replace(/\n/g, '')
  return (start.match(/\s/g)?.length ?? 0) < start.length / 50
}

function judgeBy(
  context: Context,
  call: CallExpr,
  path: string | undefined,
  judgesOf: (vocabulary: Vocabulary, path: string) => readonly Judge[],
): void {
  if (path === undefined) return
  const judges = judgesOf(context.vocabulary, path)
  if (judges.length === 0) return
  const tags = context.tagger.ofAll(call.args)
  for (const judge of judges) judge(context, { call, path, tags })
}

function writeJudges(vocabulary: Vocabulary, path: string): Judge[] {
  return vocabulary.isWrite(path) ? [judgeWrite] : []
}

function otherJudges(vocabulary: Vocabulary, path: string): Judge[] {
  const judges: Judge[] = []
  if (vocabulary.isExecution(path)) judges.push(judgeExecution)
  if (isModuleLoader(path)) judges.push(judgeLoad)
  if (vocabulary.isProcess(path)) judges.push(judgeProcess)
  if (vocabulary.isNetwork(path)) judges.push(judgeNetwork)
  if (vocabulary.isNameLookup(path)) judges.push(judgeNameLookup)
  if (vocabulary.isRead(path)) judges.push(judgeRead)
  if (vocabulary.isDelete(path)) judges.push(judgeDelete)
  return judges
}

/** A socket joined to a process's input and output, in either direction. */
function judgeReverseShell(context: Context, call: CallExpr, path: string | undefined): void {
  if (path === undefined || !/\.pipe$/.test(path)) return
  const [target] = call.args
  const other = target && pathOf(target)
  const isSocket = (text: string) => /^(?:net|tls)\.\w+\(\)/.test(text)
  const isChild = (text: string) => /^child_process\.\w+\(\)\.(?:stdin|stdout|stderr)/.test(text)
  if (other && ((isSocket(path) && isChild(other)) || (isChild(path) && isSocket(other))))
    context.facts.add('reverse-shell', call.at)
  if (hasTag(context.tagger.of(call), TAG.output) && isSocket(path)) context.facts.add('output-sent', call.at)
}
