// What the schema cannot say about repositories: unique names and mounts, upstreams that exist, options of the right kind.
import type { PurlType } from '../model/claim.ts'
import type { Config, RepositoryConfig, RepositoryOptions } from './config.ts'

const ALLOWED_OPTIONS: Readonly<Record<PurlType, readonly (keyof RepositoryOptions)[]>> = {
  npm: [],
  pypi: ['trustedRoot', 'projectList', 'projectListMaxBytes'],
  deb: [
    'suites',
    'components',
    'architectures',
    'keyrings',
    'languages',
    'sources',
    'withholdSource',
    'distribution',
  ],
  rpm: ['keys', 'vendorKeys', 'mirrors', 'withholdSource', 'distribution'],
  apk: ['versions', 'repositories', 'architectures', 'keys', 'signatures', 'withholdSource', 'distribution'],
}

const NEEDED_OPTIONS: Readonly<Record<PurlType, readonly (keyof RepositoryOptions)[]>> = {
  npm: [],
  pypi: [],
  deb: ['suites'],
  rpm: [],
  apk: ['keys'],
}

export function repositoryProblems({ repositories }: Config): readonly string[] {
  return [
    ...(repositories.length === 0 ? [NO_REPOSITORY] : []),
    ...duplicates(repositories, 'name'),
    ...duplicates(repositories, 'mount'),
    ...repositories.flatMap(problemsOf),
  ]
}

const NO_REPOSITORY =
  'repositories: none is configured, and no client on this machine says which upstream it uses; ' +
  'give at least one, e.g. "repositories: [{ name: npm, type: npm, upstreams: [https://...] }]"'

function duplicates(repositories: readonly RepositoryConfig[], key: 'name' | 'mount'): readonly string[] {
  const values = repositories.map((repository) => repository[key])
  const twice = new Set(values.filter((value, index) => values.indexOf(value) !== index))
  return [...twice].map((value) => `repositories: the ${key} "${value}" is used twice`)
}

function problemsOf({ name, type, upstreams, options, reserved }: RepositoryConfig): readonly string[] {
  const key = `repositories.${name}`
  const { privateUpstreams, ...given } = options
  const allowed: readonly string[] = ALLOWED_OPTIONS[type]
  const foreign = Object.keys(given).filter((option) => !allowed.includes(option))
  const missing = NEEDED_OPTIONS[type].filter((option) => options[option] === undefined)
  const twice = upstreams.filter(({ url }, index) => upstreams.findIndex((one) => one.url === url) !== index)
  return [
    ...(upstreams.length === 0 ? [`${key}.upstreams: missing, and none was found on this machine`] : []),
    ...twice.map(({ url }) => `${key}.upstreams: ${url} is given twice`),
    ...foreign.map(
      (option) =>
        `${key}.options.${option}: has no meaning for ${type}; allowed: ${allowed.join(', ') || 'none'}`,
    ),
    ...missing.map((option) => `${key}.options.${option}: missing; ${type} needs it`),
    ...(reserved.length > 0 && privateUpstreams.length === 0 && upstreams.length > 1
      ? [`${key}.reserved: no upstream is marked private, so nobody may answer for the reserved names`]
      : []),
  ]
}
