// `doctor`: what this gateway would run with, where each part of it came from, and what is missing.
import { existsSync } from 'node:fs'
import type { Config } from '../config/config.ts'
import { releasesOfRepository } from '../feeds-run.ts'
import { asGatewayError, type GatewayError } from '../model/errors.ts'
import { durationInWords } from '../model/quantity.ts'
import { withoutUserinfo } from '../model/secret.ts'
import { loadPolicy } from '../policy/load.ts'
import { CONFIG_OPTION, parseArguments, usageOf } from './arguments.ts'
import { type Command, type CommandIo, EXIT_DONE, EXIT_NO } from './command.ts'
import { isolationChecks, toolChecks } from './doctor-tools.ts'
import { configOf } from './machine.ts'
import { version } from './version.ts'

const OPTIONS = {
  json: { type: 'boolean', help: 'print one JSON object' },
  config: CONFIG_OPTION,
} as const

export interface Check {
  readonly section: string
  readonly name: string
  /** `missing` makes the exit code 1; `note` does not. */
  readonly state: 'ok' | 'note' | 'missing'
  readonly text: string
}

export const doctor: Command = {
  name: 'doctor',
  summary: 'tell what was found on this machine, where it came from, and what is missing',
  usage: usageOf({
    name: 'doctor',
    about:
      'Tells what the gateway would run with, where each part came from, and what is missing. Changes nothing.',
    options: OPTIONS,
  }),
  async run(args, io) {
    const { values } = parseArguments(args, OPTIONS)
    const checks = await allChecks(values.config, io)
    io.stdout.write(
      values.json === true ? `${JSON.stringify({ version: version(), checks })}\n` : asText(checks),
    )
    return checks.some(({ state }) => state === 'missing') ? EXIT_NO : EXIT_DONE
  },
}

async function allChecks(file: string | undefined, io: CommandIo): Promise<readonly Check[]> {
  try {
    const config = await configOf(file, io)
    return [
      ...configurationChecks(config),
      ...repositoryChecks(config),
      ...discoveryChecks(config),
      ...feedChecks(config),
      ...(await toolChecks(config, io)),
      ...(await isolationChecks(config)),
    ]
  } catch (thrown) {
    const error = asGatewayError(thrown)
    if (error.code !== 'CONFIG_INVALID') throw error
    return problemsOf(error).map((text) => ({
      section: 'configuration',
      name: 'problem',
      state: 'missing',
      text,
    }))
  }
}

function problemsOf({ facts, message }: GatewayError): readonly string[] {
  return Array.isArray(facts['problems']) ? facts['problems'].map(String) : [message]
}

function configurationChecks(config: Config): readonly Check[] {
  const { listen, limits } = config
  const policy = loadPolicy(config.policy, config.dataDirectory)
  const rows: readonly (readonly [string, string])[] = [
    ['read from', config.origin],
    [
      'listens on',
      `${listen.host} port ${listen.port}${listen.tls === undefined ? ', plain HTTP' : ', TLS'}`,
    ],
    ['clients use', config.publicUrl],
    ['data', config.dataDirectory],
    ['ledger', String(config.ledger)],
    ['blobs', String(config.blobs)],
    ['policy', `${policy.revision}: ${policy.description}`],
    ['malware records', ['shipped', ...config.malwareFeeds].join(', ')],
    ['rules', ['shipped', ...config.rules].join(', ')],
    [
      'examination',
      `at most ${limits.examinationMs / 1000} s in ${config.pools.examiners} isolated processes`,
    ],
  ]
  return rows.map(([name, text]) => ({ section: 'configuration', name, state: 'ok', text }))
}

function repositoryChecks(config: Config): readonly Check[] {
  return config.repositories.flatMap(({ name, type, mount, upstreams, policy, indexMode, reserved }) => {
    const settings = loadPolicy(policy ?? config.policy, config.dataDirectory)
    const extras = [
      `${indexMode ?? settings.indexMode} index`,
      ...(policy === undefined ? [] : [`policy ${settings.name}`]),
      ...(reserved.length === 0 ? [] : [`reserved: ${reserved.join(', ')}`]),
    ]
    const own: Check = {
      section: 'repositories',
      name,
      state: 'ok',
      text: `${type} at ${config.publicUrl}${mount} (${extras.join('; ')})`,
    }
    const from = upstreams.map(
      ({ url, origin, authorization, private: isPrivate }): Check => ({
        section: 'repositories',
        name: '',
        state: 'ok',
        text: `from ${url}${isPrivate ? ', private' : ''}${authorization === undefined ? '' : ', with credentials'}; ${origin}`,
      }),
    )
    return [own, ...from]
  })
}

/** How they stand is told by `sallyport feeds`, which opens the ledger; here is what they are set to. */
function feedChecks({ advisories: { feeds }, repositories }: Config): readonly Check[] {
  const set = feeds.map(({ name, kind, source, ecosystems, maxAgeMs, onStale }): Check => {
    const of = ecosystems.length === 0 ? '' : ` (${ecosystems.join(', ')})`
    const isMissing = !/^https?:/.test(source) && !existsSync(source)
    const text = `${kind} from ${withoutUserinfo(source)}${of}; older than ${durationInWords(maxAgeMs)}: ${onStale}`
    return {
      section: 'feeds',
      name,
      state: isMissing ? 'missing' : 'ok',
      text: isMissing ? `${text}; there is no such file` : text,
    }
  })
  const none: Check = {
    section: 'feeds',
    name: 'advisories',
    state: 'note',
    text: 'no feed is configured (advisories.feeds): known vulnerabilities are not told, only shipped malware records are used',
  }
  return [...(set.length === 0 ? [none] : set), ...releaseChecks(repositories, set.length > 0)]
}

/** A distribution whose release nobody tells has no advisories matched. */
function releaseChecks(repositories: Config['repositories'], wanted: boolean): readonly Check[] {
  if (!wanted) return []
  return repositories
    .filter(({ type }) => type !== 'npm' && type !== 'pypi')
    .map((repository): Check => {
      const releases = releasesOfRepository(repository)
      const none =
        'no release is told by suites, branches or addresses; set options.distribution, e.g. Debian:12'
      return {
        section: 'feeds',
        name: repository.name,
        state: releases.length > 0 ? 'ok' : 'note',
        text: releases.length > 0 ? `advisories of ${releases.join(', ')}` : none,
      }
    })
}

/** What was found is told with the repositories; here is what was not, and what was left out. */
function discoveryChecks({ notes }: Config): readonly Check[] {
  return notes
    .filter(({ kind }) => kind !== 'found')
    .map(({ about, text }) => ({ section: 'left out', name: about, state: 'note', text }))
}

const MARKS = { ok: ' ', note: '?', missing: '!' } as const

function asText(checks: readonly Check[]): string {
  const width = Math.max(...checks.map(({ name }) => name.length))
  const sections = [...Map.groupBy(checks, ({ section }) => section)].map(([section, rows]) =>
    [section, ...rows.map(({ name, state, text }) => `${MARKS[state]} ${name.padEnd(width)}  ${text}`)].join(
      '\n',
    ),
  )
  const missing = checks.filter(({ state }) => state === 'missing').length
  const end = missing === 0 ? 'nothing is missing' : `${missing} missing, marked with !`
  return `sallyport ${version()}\n\n${sections.join('\n\n')}\n\n${end}\n`
}
