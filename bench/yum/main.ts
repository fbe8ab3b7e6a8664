// `npm run bench:yum [-- --packages=N --entries=N]`: a repository of the size of a Fedora release, synthesised, beside nginx with the same bytes.
import { mkdtemp, rm } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { startGateway } from '../../tests/support/gateway.ts'
import { startLoopback } from '../../tests/support/loopback-upstream.ts'
import { rawRequest } from '../../tests/support/raw-request.ts'
import { makeVendorKey } from '../../tests/support/vendor-key.ts'
import { AS_SHIPPED } from '../npm/material.ts'
import { prepareHeldLoop } from '../support/held-loop.ts'
import { benchArguments, measureSignedRepository } from '../support/signed-repository.ts'
import { evilPackages, synthesise } from './material.ts'

const { rounds, seconds, short, packages } = benchArguments(process.argv)
const given = process.argv.find((argument) => argument.startsWith('--entries='))?.slice('--entries='.length)
const folder = await mkdtemp(join(tmpdir(), 'sallyport-bench-'))
const key = await makeVendorKey()
const evil = evilPackages(short ? 1 : 3)
const { files, megabytes } = await synthesise(
  packages ?? (short ? 3000 : 60_000),
  evil,
  key,
  given === undefined ? undefined : Number(given),
)
const upstream = await startLoopback((path) => {
  const body = files.get(path)
  return body === undefined ? undefined : { body: Buffer.from(body), contentType: 'application/octet-stream' }
})
const loop = prepareHeldLoop()
const gateway = await startGateway({
  environment: loop.environment,
  config: {
    ...AS_SHIPPED,
    limits: { index: '1GB' },
    repositories: [{ name: 'el', type: 'rpm', upstreams: [upstream.url], options: { keys: [key.file] } }],
  },
})
console.log(
  `${cpus().length} x ${cpus()[0]?.model}, Node ${process.versions.node}; primary ${megabytes} MB unpacked`,
)
try {
  await measureSignedRepository({
    gateway: { ...gateway, name: 'sallyport' },
    loop,
    mount: '/el/',
    signed: 'repodata/repomd.xml',
    async warm() {
      const repomd = (await rawRequest(gateway.url, '/el/repodata/repomd.xml')).body.toString()
      const primary = /href="([^"]*-primary\.xml\.gz)"/.exec(repomd)?.[1] ?? ''
      return ['repodata/repomd.xml', primary]
    },
    refused: evil.map(({ href }) => href),
    folder,
    rounds,
    seconds,
  })
} catch (thrown) {
  console.error(gateway.log())
  throw thrown
} finally {
  await gateway.stop()
  loop.remove()
  await upstream.close()
  await rm(folder, { recursive: true, force: true })
}
