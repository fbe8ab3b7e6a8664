// A zip of any number of small files, written as it is made: deflated entries, zip64 end (APPNOTE 4.3).
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { finished } from 'node:stream/promises'
import { crc32, deflateRawSync } from 'node:zlib'

export interface ZipWriter {
  add(name: string, text: string): Promise<void>
  close(): Promise<void>
}

const PIECE_BYTES = 4 * 1024 * 1024

export function createZipWriter(path: string): ZipWriter {
  const file = createWriteStream(path)
  const directory: Buffer[] = []
  let pieces: Buffer[] = []
  let waiting = 0
  let offset = 0
  let count = 0

  async function write(bytes: Buffer): Promise<void> {
    pieces.push(bytes)
    waiting += bytes.length
    offset += bytes.length
    if (waiting < PIECE_BYTES) return
    await flush()
  }

  async function flush(): Promise<void> {
    if (!file.write(Buffer.concat(pieces))) await once(file, 'drain')
    pieces = []
    waiting = 0
  }

  return {
    async add(name, text) {
      const bytes = Buffer.from(text)
      const packed = deflateRawSync(bytes, { level: 1 })
      const nameBytes = Buffer.from(name)
      const fields = Buffer.alloc(26)
      fields.writeUInt16LE(20, 0)
      fields.writeUInt16LE(8, 4)
      fields.writeUInt32LE(crc32(bytes), 10)
      fields.writeUInt32LE(packed.length, 14)
      fields.writeUInt32LE(bytes.length, 18)
      fields.writeUInt16LE(nameBytes.length, 22)
      const end = Buffer.alloc(14)
      end.writeUInt32LE(offset, 10)
      directory.push(Buffer.concat([Buffer.from('504b01021400', 'hex'), fields, end, nameBytes]))
      count += 1
      await write(Buffer.concat([Buffer.from('504b0304', 'hex'), fields, nameBytes, packed]))
    },
    async close() {
      const start = offset
      const bytes = directory.reduce((sum, one) => sum + one.length, 0)
      for (const record of directory) await write(record)
      await write(endRecords(count, bytes, start))
      await flush()
      file.end()
      await finished(file)
    },
  }
}

function endRecords(count: number, bytes: number, start: number): Buffer {
  const end64 = Buffer.alloc(56)
  end64.writeUInt32LE(0x06064b50, 0)
  end64.writeBigUInt64LE(44n, 4)
  end64.writeUInt16LE(45, 12)
  end64.writeUInt16LE(45, 14)
  end64.writeBigUInt64LE(BigInt(count), 24)
  end64.writeBigUInt64LE(BigInt(count), 32)
  end64.writeBigUInt64LE(BigInt(bytes), 40)
  end64.writeBigUInt64LE(BigInt(start), 48)
  const locator = Buffer.alloc(20)
  locator.writeUInt32LE(0x07064b50, 0)
  locator.writeBigUInt64LE(BigInt(start + bytes), 8)
  locator.writeUInt32LE(1, 16)
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(Math.min(count, 0xffff), 8)
  end.writeUInt16LE(Math.min(count, 0xffff), 10)
  end.writeUInt32LE(bytes, 12)
  end.writeUInt32LE(start, 16)
  return Buffer.concat([end64, locator, end])
}
