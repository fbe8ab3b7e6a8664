// Our own repomd.xml with its detached signature and our key, read back before anybody gets it.
import type { GenerationContext, GenerationDocument } from '../ecosystem.ts'
import { readArmoredKeys, verifyDetached } from '../openpgp.ts'
import { parseRepomd, type RepomdData, renderRepomd } from './repomd.ts'

/** The revision grows with every generation, also when the clock stands still. */
export async function signedRepomd(
  data: readonly RepomdData[],
  context: GenerationContext,
): Promise<GenerationDocument[]> {
  const revision = Math.floor(context.now.getTime() / 1000) + context.generation
  const text = renderRepomd(data, revision, context.now)
  const signature = await context.sign.detachedSign(Buffer.from(text))
  await verifyDetached(
    Buffer.from(text),
    Buffer.from(signature),
    await readArmoredKeys(context.sign.publicKey),
    'our own repomd.xml',
  )
  parseRepomd(text, 'our own repomd.xml')
  const bodies = {
    '': ['text/xml', text],
    '.asc': ['text/plain', signature],
    '.key': ['text/plain', context.sign.publicKey],
  } as const
  return Promise.all(
    Object.entries(bodies).map(async ([suffix, [contentType, body]]) => ({
      path: `repodata/repomd.xml${suffix}`,
      contentType,
      ...(await context.put(asBody(Buffer.from(body)))),
    })),
  )
}

async function* asBody(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
