// `scan`: examines a file, or an artifact from a configured upstream, and tells the verdict. Serves nothing.
import { stat } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import type { Examined, examineFiles } from '../examination-run.ts'
import { isPurl, parsePurl } from '../model/purl.ts'
import { CONFIG_OPTION, parseArguments, usageOf } from './arguments.ts'
import { type Command, type CommandIo, EXIT_DONE, EXIT_FAILED, EXIT_NO } from './command.ts'
import { describeEvidence, describeVerdict } from './describe.ts'
import { configOf } from './machine.ts'

const OPTIONS = {
  config: CONFIG_OPTION,
  json: { type: 'boolean', help: 'JSON on standard output, nothing else' },
  policy: { type: 'string', value: 'NAME|FILE', help: 'another policy than the configured one' },
} as const

export const scan: Command = {
  name: 'scan',
  summary: 'examine a package file, or an artifact of an upstream',
  usage: usageOf({
    name: 'scan',
    operands: 'FILE|PURL...',
    about:
      'Examines artifacts in all layers and tells the verdict. Exit code 0: all approved; 1: one is not; 2: could not tell.',
    options: OPTIONS,
    examples: ['sallyport scan left-pad-1.3.0.tgz', 'sallyport scan pkg:npm/express@5.1.0 --json'],
  }),
  async run(args, io) {
    const { values, positionals } = parseArguments(args, OPTIONS, { min: 1, max: 10_000 })
    const config = await configOf(values.config, io, { discover: positionals.some(isPurl) })
    const results = await examineAll(positionals, { ...config, policy: values.policy ?? config.policy }, io)
    io.stdout.write(
      values.json
        ? `${JSON.stringify(results.length === 1 ? results[0] : results, undefined, 2)}\n`
        : results.map(textOf).join('\n'),
    )
    if (results.some(({ error }) => error !== undefined)) return EXIT_FAILED
    return results.every(({ verdict }) => verdict?.outcome === 'approved') ? EXIT_DONE : EXIT_NO
  },
}

async function examineAll(
  targets: readonly string[],
  config: Parameters<typeof examineFiles>[1],
  io: CommandIo,
): Promise<Examined[]> {
  const files: { location: string; fileName: string; sizeBytes: number }[] = []
  const purls: ReturnType<typeof parsePurl>[] = []
  for (const target of targets) {
    if (isPurl(target)) purls.push(parsePurl(target))
    else {
      const location = resolve(io.cwd, target)
      files.push({ location, fileName: basename(location), sizeBytes: (await stat(location)).size })
    }
  }
  const progress = (done: number) => {
    if (io.isTTY)
      io.stderr.write(`\r${done}/${targets.length} examined${done === targets.length ? '\n' : ''}`)
  }
  const results: Examined[] = []
  if (files.length > 0) {
    const { examineFiles } = await import('../examination-run.ts')
    results.push(...(await examineFiles(files, config, progress)))
  }
  if (purls.length > 0) {
    const { examinePurls } = await import('../examination-purls.ts')
    results.push(...(await examinePurls(purls, config, progress)))
  }
  return results
}

function textOf({ subject, verdict, evidence, error }: Examined): string {
  const lines = [
    subject,
    ...(error === undefined ? [] : [`COULD NOT TELL: ${error.code}: ${error.message}`]),
    ...(verdict === undefined ? [] : describeVerdict(verdict)),
    ...(evidence === undefined ? [] : describeEvidence(evidence)),
  ]
  return `${lines.join('\n')}\n`
}
