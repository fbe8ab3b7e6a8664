// An adapter made of a command line and a way to read its answer: the common part of every tool that is a program.
import { GatewayError } from '../../model/errors.ts'
import type { Finding, Layer } from '../../model/finding.ts'
import type { PackageFormat } from '../../model/package-contents.ts'
import type { ExamineJob } from '../examination.ts'
import type { ExternalRun, ExternalScanner, NothingToDo, ToolState } from './adapter.ts'
import { type Copies, createCopies } from './copies.ts'
import { type ProgramResult, runProgram } from './program.ts'

export interface CommandTool {
  readonly id: string
  readonly version: number
  readonly layer: Layer
  readonly formats: readonly PackageFormat[]
  /** `artifact`: the file itself; `copies`: unpacked files; `name`: name and version only. */
  readonly looksAt: 'artifact' | 'copies' | 'name'
  readonly timeoutMs: number
  /** Of standard output or error; what says more has failed. */
  readonly maxOutputBytes?: number
  /** Exit codes with which the tool has done its work; all others are a failure. */
  readonly doneWith: readonly number[]
  readonly env?: Readonly<Record<string, string>>
  /** May write small files of ours into `directory` first (a requirements file, a configuration). */
  command(call: ToolCall): Promise<readonly string[] | NothingToDo>
  /** Throws for an answer that is empty, not what it should be, or holds an error. */
  parse(result: ProgramResult, call: ToolCall): readonly Finding[]
  /** Arguments that make it print its version, and how to read that. */
  readonly versionArgs: readonly string[]
  parseVersion?(result: ProgramResult): Partial<ToolState>
}

export interface ToolCall {
  readonly job: ExamineJob
  readonly directory: string
  readonly files: string
  /** Paths of the copies below `files`. */
  readonly paths: readonly string[]
  originalOf(path: string): string
}

/** `program` is absolute; a program that is not there fails every run and `check`. */
export function commandTool(tool: CommandTool, program: string | undefined): ExternalScanner {
  return {
    id: tool.id,
    version: tool.version,
    layer: tool.layer,
    formats: tool.formats,
    wantsCopies: tool.looksAt === 'copies',
    start: (job, signal) => startTool(tool, program, job, signal),
    check: (signal) => checkTool(tool, program, signal),
  }
}

function startTool(
  tool: CommandTool,
  program: string | undefined,
  job: ExamineJob,
  signal: AbortSignal,
): ExternalRun {
  if (program === undefined) throw missing(tool.id)
  const opened = createCopies()
  opened.catch(() => undefined) // told where it is awaited
  return {
    copy: async (piece) => (await opened).take(piece),
    async finish() {
      const copies = await opened
      copies.complete()
      if (tool.looksAt === 'copies' && copies.paths.length === 0)
        throw incomplete(tool.id, 'got no file to look at')
      const call = callOf(job, copies)
      const args = await tool.command(call)
      if ('skipped' in args) return args
      const result = await runProgram({
        program,
        args,
        cwd: copies.directory,
        timeoutMs: tool.timeoutMs,
        signal,
        ...(tool.maxOutputBytes === undefined ? {} : { maxOutputBytes: tool.maxOutputBytes }),
        ...(tool.env === undefined ? {} : { env: tool.env }),
      })
      if (!tool.doneWith.includes(result.exitCode))
        throw incomplete(tool.id, `ended with code ${result.exitCode}: ${lastLine(result)}`)
      return tool.parse(result, call)
    },
    abandon: async () => (await opened).remove(),
  }
}

function callOf(job: ExamineJob, { directory, files, paths, originalOf }: Copies): ToolCall {
  return { job, directory, files, paths, originalOf }
}

async function checkTool(
  tool: CommandTool,
  program: string | undefined,
  signal: AbortSignal,
): Promise<ToolState> {
  if (program === undefined) throw missing(tool.id)
  const result = await runProgram({ program, args: tool.versionArgs, cwd: '/', timeoutMs: 30_000, signal })
  if (result.exitCode !== 0) throw incomplete(tool.id, `does not tell its version: ${lastLine(result)}`)
  const version = /\d+\.\d+(?:\.\d+)?[\w.+-]*/.exec(`${result.stdout}\n${result.stderr}`)?.[0] ?? 'unknown'
  return { version, place: program, ...tool.parseVersion?.(result) }
}

/** A line of its own, where other lines tell versions of other things; one that was built from source may have none. */
export function versionOf(stdout: string): Partial<ToolState> {
  return { version: /^Version:\s+(\d[\w.+-]*)$/m.exec(stdout)?.[1] ?? 'unknown' }
}

/** JSON of an expected outer shape; anything else is a failure of the tool. */
export function parseJson(id: string, text: string): Record<string, unknown> {
  if (text.trim() === '') throw incomplete(id, 'said nothing')
  try {
    const value: unknown = JSON.parse(text)
    if (isRecord(value)) return value
  } catch {
    // Told below.
  }
  throw incomplete(id, `said something that is no JSON object: ${text.slice(0, 100)}`)
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function recordsOf(value: unknown): readonly Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter(isRecord) : []
}

export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

export function incomplete(id: string, why: string): GatewayError {
  return new GatewayError('SCAN_INCOMPLETE', `${id} ${why}`.slice(0, 500), { tool: id })
}

function missing(id: string): GatewayError {
  return incomplete(id, 'is not installed')
}

function lastLine({ stderr, stdout }: ProgramResult): string {
  return (stderr.trim() || stdout.trim()).split('\n').at(-1)?.slice(0, 300) ?? ''
}
