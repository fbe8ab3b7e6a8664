// updateinfo without withheld packages: an update notice must not promise a fix that nobody can install.
import { packageSpans } from './package-spans.ts'
import { evrOf, type PrimaryPackage } from './primary.ts'
import { attributesOf } from './span-fields.ts'

/** Cuts the `<package>` elements of withheld packages; everything else passes byte for byte. */
export async function* filterUpdateinfo(
  chunks: AsyncIterable<Uint8Array>,
  withheld: readonly PrimaryPackage[],
): AsyncGenerator<Buffer> {
  const names = new Set(withheld.map((one) => `${one.name}\0${evrOf(one)}\0${one.architecture}`))
  for await (const { before, bytes } of packageSpans(chunks, 'updateinfo')) {
    yield before
    if (bytes.length > 0 && !names.has(nameOf(bytes))) yield bytes
  }
}

function nameOf(bytes: Buffer): string {
  const head = bytes.toString('utf8', 0, bytes.indexOf('>') + 1)
  const {
    name = '',
    epoch = '0',
    version = '',
    release = '',
    arch = '',
  } = attributesOf(head, 'package', 'updateinfo') ?? {}
  return `${name}\0${epoch === '0' ? '' : `${epoch}:`}${version}-${release}\0${arch}`
}
