// What a client of a YUM repository finds in its primary right now.
import { gunzipSync, zstdDecompressSync } from 'node:zlib'
import { expect } from 'vitest'

/** Text of primary, over the same requests that a client makes. `base` ends with a slash. */
export async function primaryText(base: string): Promise<string> {
  const repomd = await (await fetch(`${base}repodata/repomd.xml`)).text()
  const href = /href="([^"]*-primary\.xml[^"]*)"/.exec(repomd)?.[1]
  const packed = Buffer.from(await (await fetch(`${base}${href}`)).arrayBuffer())
  return (packed[0] === 0x1f ? gunzipSync(packed) : zstdDecompressSync(packed)).toString()
}

/** Waits until a package is gone from the index. */
export async function untilGone(base: string, fileName: string): Promise<void> {
  await expect
    .poll(async () => (await primaryText(base)).includes(fileName), { timeout: 60_000, interval: 250 })
    .toBe(false)
}
