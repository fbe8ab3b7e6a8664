// Packs tar archives with tar-stream, so that our own reader is tested against another's writer.
import { type Header, pack } from 'tar-stream'

export interface PackedFile {
  readonly name: string
  readonly data?: string | Uint8Array
  readonly type?: Header['type']
  readonly mode?: number
  readonly linkname?: string
  readonly uname?: string
  readonly pax?: Record<string, string>
}

const END_BLOCKS_BYTES = 1024

/** A whole archive; `end: false` leaves out the two zero blocks. */
export async function packTar(
  files: readonly PackedFile[],
  options: { readonly end?: boolean } = {},
): Promise<Buffer> {
  const archive = pack()
  for (const { data = '', ...file } of files) {
    const type = file.type ?? (file.name.endsWith('/') ? 'directory' : 'file')
    const size = type === 'file' ? Buffer.byteLength(data) : 0
    const mode = file.mode ?? (type === 'directory' ? 0o755 : 0o644)
    archive.entry(
      { ...file, type, size, mode, mtime: new Date(0) } as Header,
      type === 'file' ? Buffer.from(data) : '',
    )
  }
  archive.finalize()
  const chunks: Buffer[] = []
  for await (const chunk of archive) chunks.push(chunk as Buffer)
  const bytes = Buffer.concat(chunks)
  return options.end === false ? bytes.subarray(0, bytes.length - END_BLOCKS_BYTES) : bytes
}
