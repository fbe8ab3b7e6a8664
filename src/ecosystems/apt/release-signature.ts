// Our own Release, signed twice from one text and read back before anything may be switched to it.
import type { GenerationDocument, RenewContext } from '../ecosystem.ts'
import { readArmoredKeys, verifyClearSigned, verifyDetached } from '../openpgp.ts'
import { parseRelease } from './release.ts'

/** `directory` ends with a slash, or is empty. Throws SIGNING_FAILED, and UPSTREAM_INVALID when what was signed does not read back. */
export async function signedRelease(
  directory: string,
  text: string,
  context: Pick<RenewContext, 'sign' | 'put'>,
): Promise<GenerationDocument[]> {
  const inRelease = await context.sign.clearSign(text)
  const signature = await context.sign.detachedSign(Buffer.from(text))
  const keys = await readArmoredKeys(context.sign.publicKey)
  const back = await verifyClearSigned(inRelease, keys, 'our own InRelease')
  await verifyDetached(Buffer.from(text), Buffer.from(signature), keys, 'our own Release')
  parseRelease(`${back.text.trimEnd()}\n`, 'our own InRelease')
  const bodies = { InRelease: inRelease, Release: text, 'Release.gpg': signature }
  return Promise.all(
    Object.entries(bodies).map(async ([name, body]) => ({
      path: `${directory}${name}`,
      contentType: 'text/plain; charset=utf-8',
      ...(await context.put(asBody(Buffer.from(body)))),
    })),
  )
}

export async function* asBody(...pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* pieces
}
