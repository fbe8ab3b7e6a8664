// What of the machine that runs the tests reaches a process under test, and which registry its npm is set to.
import { tmpdir } from 'node:os'
import { execaSync } from 'execa'

/** Variables that name extra certificate authorities: a registry may sit behind one. */
const CERTIFICATES = [
  'NODE_EXTRA_CA_CERTS',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'REQUESTS_CA_BUNDLE',
  'PIP_CERT',
]

export function trustedCertificates(): Record<string, string> {
  return Object.fromEntries(
    CERTIFICATES.flatMap((name) => {
      const value = process.env[name]
      return value === undefined ? [] : [[name, value]]
    }),
  )
}

/** The registry that this machine's npm is set to, with `/` at its end; undefined when it does not answer in five seconds. */
export function answeringNpmRegistry(): string | undefined {
  const options = { reject: false, timeout: 15_000 } as const
  const view = execaSync(
    'npm',
    ['view', 'is-number@7.0.0', 'version', '--fetch-retries=0', '--fetch-timeout=5000'],
    options,
  )
  if (view.exitCode !== 0 || view.stdout.trim() !== '7.0.0') return undefined
  const { stdout } = execaSync('npm', ['config', 'get', 'registry'], options)
  return stdout.trim().replace(/\/?$/, '/')
}

/** The simple index that this machine's pip is set to, with `/` at its end; undefined when it does not answer in five seconds. */
export function answeringPypiIndex(): string | undefined {
  const asked = execaSync('pip3', ['config', 'get', 'global.index-url'], { reject: false, timeout: 15_000 })
  const preset = 'from pip._internal.models.index import PyPI; print(PyPI.simple_url)'
  const index =
    asked.exitCode === 0
      ? asked.stdout
      : execaSync('python3', ['-c', preset], { reject: false, timeout: 15_000 }).stdout
  if (index === undefined || index.trim() === '') return undefined
  const flags = ['--no-deps', '--timeout', '5', '--retries', '0', '--index-url', index.trim()]
  const probe = execaSync('pip3', ['download', ...flags, '--dest', tmpdir(), 'itsdangerous==2.2.0'], {
    reject: false,
    timeout: 30_000,
  })
  return probe.exitCode === 0 ? index.trim().replace(/\/?$/, '/') : undefined
}
