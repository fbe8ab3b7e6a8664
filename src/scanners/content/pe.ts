// Recognises Windows executables (PE/COFF specification): machine and section names, which give packers away.

export interface PeFile {
  /** `x86_64`, `i386`, `aarch64`, `arm`; `machine-<n>` for others. */
  readonly machine: string
  readonly isLibrary: boolean
  readonly sections: readonly string[]
}

const MACHINES: Readonly<Record<number, string>> = {
  332: 'i386',
  34404: 'x86_64',
  43620: 'aarch64',
  452: 'arm',
}
const IMAGE_FILE_DLL = 0x2000
const MAX_SECTIONS = 96

/** `bytes` is the file or its beginning. Undefined for anything but a PE image: `MZ` alone is no sign. */
export function parsePe(bytes: Uint8Array): PeFile | undefined {
  if (bytes[0] !== 0x4d || bytes[1] !== 0x5a || bytes.length < 64) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const header = view.getUint32(0x3c, true)
  if (header + 24 > bytes.length || view.getUint32(header, false) !== 0x50450000) return undefined
  const machine = view.getUint16(header + 4, true)
  const count = Math.min(view.getUint16(header + 6, true), MAX_SECTIONS)
  const table = header + 24 + view.getUint16(header + 20, true)
  const sections: string[] = []
  for (let index = 0; index < count; index += 1) {
    const at = table + index * 40
    if (at + 8 > bytes.length) break
    sections.push(
      Buffer.from(bytes.subarray(at, at + 8))
        .toString('latin1')
        .replace(/\0.*$/s, ''),
    )
  }
  return {
    machine: MACHINES[machine] ?? `machine-${machine}`,
    isLibrary: (view.getUint16(header + 22, true) & IMAGE_FILE_DLL) !== 0,
    sections,
  }
}
