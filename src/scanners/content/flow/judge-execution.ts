// Judges calls that turn data into running code: evaluation, processes, loading by a hidden name.

import { commandText } from './command-text.ts'
import { constantOf, isHiddenConstant } from './constant.ts'
import type { Context, JudgedCall } from './context.ts'
import { keysOf } from './context.ts'
import { literalsIn } from './literals.ts'
import type { Expr } from './program.ts'
import { isModuleLoader, pathOf } from './resolve.ts'
import { hasTag, TAG } from './tag.ts'
import { valuesOf } from './values.ts'

export function judgeExecution(context: Context, { call, path, tags }: JudgedCall): void {
  const { facts } = context
  const report = (query: string) => facts.add(query, call.at)
  const kind =
    /^(?:vm|require-from-string|node-eval)|_compile$|^types\.|^runpy|^code\.|[Pp]ickle|^dill|^marshal/.test(
      path,
    )
      ? 'load'
      : 'exec'
  if (hasTag(tags, TAG.decoded) || call.args.some(isHiddenText)) report(`${kind}-decoded`)
  else if (hasTag(tags, TAG.unpacked)) {
    report(`${kind}-unpacked`)
    if (isUnpackedNear(context, call.at)) report(`${kind}-unpacked-near`)
  }
  if (hasTag(tags, TAG.fetchedConstant)) report('exec-fetched')
  else if (hasTag(tags, TAG.fetched)) report('exec-fetched-variable')
  if (kind === 'exec' && context.isSoon(call)) report('evaluates-soon')
  // The code comes first and options follow, such as V8's code cache of that very code; `Function` takes it last, after names.
  const code = call.args.at(/^(?:\w*Function|.*constructor)$/.test(path) ? -1 : 0)
  if (code !== undefined && hasTag(context.tagger.of(code), TAG.dataFile)) report('exec-data-file')
  if (hasTag(tags, TAG.output)) report('exec-output')
  if (hasTag(tags, TAG.blob)) report('exec-blob')
  context.addPrograms(call)
  if (kind !== 'exec' || call.args.every((arg) => typeof constantOf(arg) === 'string')) return
  report('evaluates')
  if (!hasTag(tags, TAG.file) && context.isAtLoad(call)) report('evaluates-at-load')
}

const NEAR = 1500

/** Whether something is unpacked close by: in a long file everything flows somewhere, and padding moves nothing apart. */
function isUnpackedNear({ program, vocabulary }: Context, at: number): boolean {
  return program.calls.some((call) => {
    if (Math.abs(call.at - at) > NEAR) return false
    const path = pathOf(call.callee)
    return path !== undefined && hasTag(vocabulary.ofCall(path, call), TAG.unpacked)
  })
}

/** Loaders are handed names from everywhere; a name that hides is decoded in the file that loads it. */
function decodesHere({ program, vocabulary }: Context): boolean {
  return program.calls.some((call) => {
    const path = pathOf(call.callee)
    return path !== undefined && hasTag(vocabulary.ofCall(path, call), TAG.decoded)
  })
}

/** A module that comes out of a `data:` address is evaluated text; one that was downloaded before is fetched code. */
export function judgeLoad(context: Context, { call, tags }: JudgedCall): void {
  const [source] = call.args
  if (source === undefined || source.kind === 'text') return
  if (literalsIn([source]).some((text) => /^data:[\w/-]{0,40}javascript/i.test(text)))
    judgeExecution(context, { call, path: 'import', tags })
  const keys = keysOf([source]).filter((key) => !SHORT_NAME.test(key))
  if (keys.some((key) => hasTag(context.written.get(key) ?? 0, TAG.fetchedConstant)))
    context.facts.add('download-load', call.at)
}

/** Minified names mean another thing in every function. */
const SHORT_NAME = /^name:.{1,2}$/

/** A constant that only decoding gives. A text that the code shows as it is hides nothing. */
function isHiddenText(arg: Expr): boolean {
  return typeof constantOf(arg) === 'string' && isHiddenConstant(arg)
}

const INLINE =
  /^(?:\S{0,80}[\\/])?(?:node|python[\d.]*w?|bash|sh|perl|ruby|bun|deno|powershell|pwsh|cmd)(?:\.exe)?(?= |$)[\s\S]{0,40}? (?:-e|-c|-p|--eval|\/c|-Command|-enc\w*)(?: |$)/

/** Nothing of the program stands in the code: a version or path that was fetched and put into a line is no program. */
function isAllUnknown(text: string): boolean {
  return / (?:-e|-c|-p|--eval|\/c|-Command) ["']?\$_/.test(text)
}

const PROGRAM_NAME = /^[\w+-]+$/
const RUNS_FILES =
  /^(?:node|nodejs|bun|deno|python[\d.]*w?|py|bash|sh|zsh|dash|perl|ruby|php|pwsh|powershell|cmd|start|open|xdg-open|wscript|cscript|rundll32|regsvr32|msiexec|sudo|nohup|env|java|chmod|osascript)(?:\.exe)?$/i

/** Arguments that can name the program that starts: all of them, unless the first is a program that only reads files. */
function startedFiles({ args }: JudgedCall['call']): readonly Expr[] {
  const [first] = args
  const words = first?.kind === 'list' ? first.items : args
  const program = words[0] && constantOf(words[0])
  if (typeof program !== 'string' || !PROGRAM_NAME.test(program) || RUNS_FILES.test(program)) return args
  return []
}

const MAX_COMMANDS = 100

/** A list of words names a program and its arguments; only a text is a command in itself. */
function isList(expr: Expr): boolean {
  return (
    expr.kind === 'list' ||
    (expr.kind === 'name' && expr.scope.valuesOf(expr.name).some((value) => value.kind === 'list'))
  )
}

/** The whole text is a command line, and not the name of a program. */
function isShell({ keywords }: JudgedCall['call'], path: string): boolean {
  return keywords?.has('shell') === true || /^(?:os\.(?:system|popen)|subprocess\.get\w*output)$/.test(path)
}

export function judgeProcess(context: Context, { call, path, tags }: JudgedCall): void {
  const { facts } = context
  const report = (query: string) => facts.add(query, call.at)
  report('process')
  if (context.isAtLoad(call)) report('process-at-load')
  if (context.isSoon(call)) report('process-soon')
  const [command] = call.args
  if (command && !isList(command)) {
    const told = context.tagger.of(command)
    if (hasTag(told, TAG.fetchedConstant)) report('process-fetched')
    else if (hasTag(told, TAG.fetched) && isShell(call, path)) report('process-fetched-variable')
  }
  const text = commandText(call)
  context.addPrograms(call)
  if (text.length > 3 && context.commands.length < MAX_COMMANDS) context.commands.push({ text, at: call.at })
  if (call.args.some(isHiddenText)) report('process-hidden-command')
  if (hasTag(tags, TAG.decoded)) report('process-decoded')
  if (
    INLINE.test(text) &&
    (tags & (TAG.decoded | TAG.unpacked) || (tags & TAG.fetched && isAllUnknown(text)))
  )
    report('process-inline-payload')
  for (const key of keysOf(startedFiles(call))) {
    const written = context.written.get(key) ?? 0
    if (hasTag(written, TAG.fetchedConstant)) report('download-run')
    else if (hasTag(written, TAG.decoded | TAG.unpacked)) report('drop-run')
  }
  if (/\b(?:curl|wget)\b/.test(text) && hasTag(context.tagger.ofAll(wordsOf(call)), TAG.environment))
    report('environment-sent')
  judgeCommand(text, report)
}

/** What a process is told. The environment that it is started with, `{ env: process.env }` or `env=os.environ`, is sent nowhere. */
function wordsOf({ args, keywords }: JudgedCall['call']): readonly Expr[] {
  const environment = keywords?.get('env')
  return args.flatMap((arg) => {
    if (arg === environment) return []
    const records = valuesOf(arg).filter((value) => value.kind === 'record')
    if (records.length === 0) return [arg]
    return records.flatMap(({ entries }) => entries.flatMap(([key, value]) => (key === 'env' ? [] : [value])))
  })
}

/** Command texts that say enough by themselves. */
function judgeCommand(text: string, report: (query: string) => void): void {
  if (/\b(?:curl|wget)(?:\.exe)? |\bInvoke-WebRequest\b|\biwr /i.test(text)) report('process-download-tool')
  if (
    /(?:^|[\s;&|"'(])(?:whoami|hostname|id|uname -a|ifconfig|ipconfig|systeminfo|net user|arp -a|tasklist)(?:$|[\s;&|"')])/i.test(
      text.slice(0, 300),
    )
  )
    report('process-reconnaissance')
  if (/\b(?:npm|pnpm|yarn) publish\b|\btwine upload\b|\bcargo publish\b/.test(text)) report('process-publish')
  if (/\b(?:trufflehog|gitleaks)\b/i.test(text)) report('process-secret-scanner')
  if (
    /\b(?:claude|gemini|q|cursor-agent|codex|copilot)\b[\s\S]{0,200}(?:--dangerously-skip-permissions|--yolo|--trust-all-tools|--no-interactive|--allow-all-tools|--full-auto)/.test(
      text,
    )
  )
    report('process-ai-tool')
  if (
    /\b(?:powershell|pwsh)(?:\.exe)?\b[\s\S]{0,200}(?:[ ,]-e(?:nc|ncodedcommand)?\b|-w(?:indowstyle)? hidden\b)|\bnslookup\b|\bdig \+|\breg(?:\.exe)? add\b|\bschtasks\b|\bmshta\b|\brundll32\b|\bcscript\b|\bwscript\b|\bcertutil\b/i.test(
      text,
    )
  )
    report('process-windows-tool')
}

/** `require(atob('...'))`, `__import__('\x6f\x73')`, `getattr(os, ''.join(...))`, `global['ev' + 'al']`. */
export function judgeHiddenName(context: Context, call: JudgedCall['call'], path: string | undefined): void {
  const { facts, vocabulary } = context
  const loader = pathOf(call.callee)
  const [first, second] = call.args
  const name =
    loader !== undefined && isModuleLoader(loader) ? first : loader === 'getattr' ? second : undefined
  if (name && (name.kind !== 'text' || name.escaped)) judgeName(context, name, call.at)
  const { callee } = call
  if (isComputedBuiltin(callee)) facts.add('computed-builtin', call.at)
  if (callee.kind !== 'member' || callee.property.kind === 'number') return
  if (callee.property.kind === 'text' && !callee.property.escaped) return
  const property = constantOf(callee.property)
  if (typeof property !== 'string' || path === undefined || !vocabulary.isDangerous(path)) return
  facts.add(isHiddenConstant(callee.property) ? 'hidden-name' : 'joined-name', call.at)
}

/** `getattr(builtins, name)(...)` with a name that does not stand in the code. */
function isComputedBuiltin(callee: Expr): boolean {
  if (callee.kind !== 'call' || pathOf(callee.callee) !== 'getattr') return false
  const [of, name] = callee.args
  if (!of || !name || typeof constantOf(name) === 'string') return false
  return /^(?:builtins|__builtins__|__builtin__)$/.test(pathOf(of) ?? '')
}

/** A function of the package made the name, and not of itself: `require(g('chi', 'ld_process'))`. */
function isComputedByFunction(name: Expr, constant: string): boolean {
  return name.kind === 'call' && pathOf(name) === undefined && !literalsIn(name.args).includes(constant)
}

function judgeName(context: Context, name: Expr, at: number): void {
  const { facts, vocabulary, tagger } = context
  const constant = constantOf(name)
  if (typeof constant === 'string') {
    const isJoined = name.kind === 'mix' && name.parts.length > 1
    if (!vocabulary.isDangerous(constant.replace(/^node:/, ''))) return
    if (isHiddenConstant(name) || isComputedByFunction(name, constant)) facts.add('hidden-name', at)
    else if (isJoined) facts.add('joined-name', at)
  } else if (hasTag(tagger.of(name), TAG.decoded) && decodesHere(context)) facts.add('computed-name', at)
  // Paths are unescaped by loaders; only what is put together in the same place is a name that hides.
  else if (hasTag(tagger.of(name), TAG.unpacked) && isUnpackedNear(context, at))
    facts.add('computed-name', at)
}
