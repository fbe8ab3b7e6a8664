// What deploy/ ships is read by what it is for: configurations load, manifests parse, nginx and systemd take their files.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { loadConfig } from '../../src/config/load.ts'
import { makePlace } from '../config/place.ts'

const ROOT = join(import.meta.dirname, '../..')
const read = (name: string) => readFileSync(join(ROOT, name), 'utf8')

function load(content: string) {
  const environment = {
    NPM_UPSTREAM: 'https://upstream.test/npm',
    PYPI_UPSTREAM: 'https://upstream.test/simple',
  }
  return loadConfig(undefined, makePlace({ files: { './sallyport.yaml': content }, environment }))
}

describe('configurations', () => {
  it('deploy/sallyport.yaml', async () => {
    const { repositories } = await load(read('deploy/sallyport.yaml'))
    expect(repositories.map(({ mount }) => mount)).toEqual(['/npm/', '/pypi/'])
  })

  it('the one inside the Kubernetes manifests', async () => {
    const documents: { kind: string; data?: Record<string, string> }[] = parseAllDocuments(
      read('deploy/kubernetes.yaml'),
    ).map((document) => document.toJS())
    expect(documents.map(({ kind }) => kind)).toContain('NetworkPolicy')
    const text = documents.find(({ kind }) => kind === 'ConfigMap')?.data?.['sallyport.yaml']
    expect((await load(text ?? '')).repositories).toHaveLength(2)
  })

  it('the one in README.md', async () => {
    const text = /```yaml\n(# yaml-language-server[\s\S]*?)```/.exec(read('README.md'))?.[1] ?? ''
    const place = makePlace({
      files: {
        './sallyport.yaml': text,
        '~/.config/pip/pip.conf': '[global]\nindex-url=https://upstream.test/simple\n',
      },
      environment: { ACME_TOKEN: 't', SALLYPORT_DATA: './data' },
    })
    const { repositories } = await loadConfig(undefined, place)
    expect(repositories.map(({ upstreams }) => upstreams.length)).toEqual([2, 1])
  })
})

it('containers run without privileges on a read-only root', () => {
  const compose: { services: { sallyport: Record<string, unknown> } } = parse(read('deploy/compose.yaml'))
  expect(compose.services.sallyport).toMatchObject({
    read_only: true,
    cap_drop: ['ALL'],
    user: '10001:10001',
  })
  expect(read('deploy/kubernetes.yaml')).toMatch(/readOnlyRootFilesystem: true/)
  const image = read('Dockerfile')
  expect(image).toMatch(/^USER 10001:10001$/m)
  expect(image).toMatch(/^HEALTHCHECK/m)
  for (const [, folder = ''] of image.matchAll(/^COPY ([a-z]+) [a-z]+$/gm))
    expect([folder, existsSync(join(ROOT, folder))]).toEqual([folder, true])
})

it('nginx takes its configuration', ({ skip }) => {
  if (!existsSync('/usr/sbin/nginx')) skip('nginx is not installed')
  const folder = mkdtempSync(join(tmpdir(), 'nginx-'))
  const names = [
    '-keyout',
    join(folder, 'k'),
    '-out',
    join(folder, 'c'),
    '-subj',
    '/CN=x',
    '-days',
    '2',
    '-nodes',
  ]
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', ...names], { stdio: 'ignore' })
  const server = read('deploy/nginx.conf')
    .replace('/etc/nginx/tls/packages.crt', join(folder, 'c'))
    .replace('/etc/nginx/tls/packages.key', join(folder, 'k'))
  writeFileSync(
    join(folder, 'n.conf'),
    `pid ${folder}/pid;\nerror_log stderr;\nevents {}\nhttp {\n${server}\n}\n`,
  )
  const said = execFileSync('/usr/sbin/nginx', ['-t', '-c', join(folder, 'n.conf'), '-p', folder], {
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
  })
  expect(said).toBe('')
})
