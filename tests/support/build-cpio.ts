// Writes cpio archives byte by byte, right or wrong as a test asks.

export interface CpioFile {
  readonly name: string
  readonly data?: Uint8Array | string
  readonly mode?: number
  readonly inode?: number
  readonly links?: number
  readonly magic?: string
  /** Overrides the announced size. */
  readonly size?: string
}

export const TRAILER: CpioFile = { name: 'TRAILER!!!', mode: 0 }

/** A newc archive with its trailer. */
export function buildCpio(files: readonly CpioFile[]): Buffer {
  return Buffer.concat([...files, TRAILER].map(newcEntry))
}

export function newcEntry(file: CpioFile): Buffer {
  const data = Buffer.from(file.data ?? '')
  const name = Buffer.from(`${file.name}\0`)
  const fields = [
    file.inode ?? 1,
    file.mode ?? 0o100644,
    0,
    0,
    file.links ?? 1,
    0,
    file.size ?? data.length,
    0,
    0,
    0,
    0,
    name.length,
    0,
  ]
  const header = (file.magic ?? '070701') + fields.map(field).join('')
  return Buffer.concat([pad4(Buffer.concat([Buffer.from(header), name])), pad4(data)])
}

/** An entry of rpm's stripped form: number of the file in the header, data alone. */
export function strippedEntry(fileNumber: number, data: Uint8Array | string = ''): Buffer {
  return Buffer.concat([pad4(Buffer.from(`07070X${field(fileNumber)}`)), pad4(Buffer.from(data))])
}

function field(value: number | string): string {
  return typeof value === 'string' ? value : value.toString(16).padStart(8, '0')
}

function pad4(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)])
}
