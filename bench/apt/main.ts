// `npm run bench:apt [-- --only=build|install]`: an archive of the size of Debian main beside nginx; a real install beside apt-cacher-ng.
import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { startAptUpstream } from '../../tests/support/apt-upstream.ts'
import { startGateway } from '../../tests/support/gateway.ts'
import { downloaderDeb } from '../../tests/support/inert-deb-malware.ts'
import { AS_SHIPPED } from '../npm/material.ts'
import { prepareHeldLoop } from '../support/held-loop.ts'
import { benchArguments, measureSignedRepository } from '../support/signed-repository.ts'
import { measureAptInstalls } from './install.ts'

const DIRECTORY = 'dists/stable/main/binary-amd64/'

/** Stanzas of the length that Debian's have, 790 bytes, with digests that compress as digests do: not at all. */
function synthesise(count: number): string {
  const stanzas: string[] = []
  for (let at = 0; at < count; at += 1) {
    const name = `synthetic-${at.toString(36)}`
    const digest = (algorithm: string) => createHash(algorithm).update(name).digest('hex')
    stanzas.push(
      [
        `Package: ${name}`,
        `Source: source-${Math.floor(at / 3).toString(36)}`,
        'Version: 1:4.17.21+dfsg-1+deb12u2',
        `Installed-Size: ${at}`,
        'Maintainer: Debian Synthetic Maintainers <pkg-synthetic-maintainers@lists.archive.test>',
        'Architecture: amd64',
        `Depends: libc6 (>= 2.34), libsynthetic-${at % 977} (>= 4.17), libgcc-s1 (>= 3.0), zlib1g (>= 1:1.1.4)`,
        `Description: synthetic package number ${at} for measurements`,
        `Description-md5: ${digest('md5')}`,
        'Homepage: https://synthetic.archive.test/',
        'Tag: devel::library, implemented-in::c, interface::commandline, role::program, scope::utility',
        'Section: libs',
        'Priority: optional',
        `Filename: pool/main/s/${name}/${name}_4.17.21+dfsg-1+deb12u2_amd64.deb`,
        'Size: 123456',
        `MD5sum: ${digest('md5')}`,
        `SHA256: ${digest('sha256')}`,
        '',
      ].join('\n'),
    )
  }
  return stanzas.join('\n')
}

const { rounds, seconds, short, packages } = benchArguments(process.argv)
const only = process.argv.find((argument) => argument.startsWith('--only='))?.slice('--only='.length)
if (only !== 'install') await measureBuild()
// Asks the machine's own archive once, so it is left out of the short run.
if (only === 'install' || (only === undefined && !short)) await measureAptInstalls(rounds)

async function measureBuild(): Promise<void> {
  const count = packages ?? (short ? 3000 : 63_000)
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-bench-'))
  const upstream = await startAptUpstream()
  const refused: string[] = []
  for (let at = 0; at < (short ? 1 : 3); at += 1)
    refused.push((await upstream.publish(downloaderDeb(`evil-${at}`, '1.0'))).path)
  let megabytes = 0
  await upstream.release({
    packages(text) {
      const whole = `${text}\n${synthesise(count)}`
      megabytes = whole.length / 1e6
      return whole
    },
  })
  const options = { suites: ['stable'], architectures: ['amd64'], keyrings: [upstream.keyring] }
  const loop = prepareHeldLoop()
  const gateway = await startGateway({
    environment: loop.environment,
    config: {
      ...AS_SHIPPED,
      repositories: [{ name: 'debian', type: 'deb', upstreams: [upstream.url], options }],
    },
  })
  console.log(
    `${cpus().length} x ${cpus()[0]?.model}, Node ${process.versions.node}; Packages ${megabytes.toFixed(1)} MB unpacked`,
  )
  try {
    await measureSignedRepository({
      gateway: { ...gateway, name: 'sallyport' },
      loop,
      mount: '/debian/',
      signed: 'dists/stable/InRelease',
      warm: async () => ['dists/stable/InRelease', `${DIRECTORY}Packages.gz`],
      refused,
      folder,
      rounds,
      seconds,
    })
  } finally {
    await gateway.stop()
    loop.remove()
    await upstream.close()
    await rm(folder, { recursive: true, force: true })
  }
}
