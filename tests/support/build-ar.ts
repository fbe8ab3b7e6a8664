// Writes ar archives byte by byte, right or wrong as a test asks.

export interface ArFile {
  readonly name: string
  readonly data: Uint8Array | string
  /** Overrides the size field, ten characters. */
  readonly size?: string
  /** Overrides the byte after an odd member; empty leaves it out. */
  readonly padding?: string
}

export function buildAr(files: readonly ArFile[]): Buffer {
  return Buffer.concat([Buffer.from('!<arch>\n'), ...files.map(arMember)])
}

function arMember(file: ArFile): Buffer {
  const data = Buffer.from(file.data)
  const size = file.size ?? String(data.length)
  const header = [
    file.name.padEnd(16),
    '0'.padEnd(12),
    '0'.padEnd(6),
    '0'.padEnd(6),
    '100644'.padEnd(8),
    size.padEnd(10),
    '`\n',
  ].join('')
  const padding = data.length % 2 === 0 ? '' : (file.padding ?? '\n')
  return Buffer.concat([Buffer.from(header, 'latin1'), data, Buffer.from(padding)])
}
