// Recognises Mach-O files, thin and universal (mach-o/loader.h, mach-o/fat.h).

export interface MachoFile {
  readonly machines: readonly string[]
  readonly isLibrary: boolean
}

const MACHINES: Readonly<Record<number, string>> = {
  7: 'i386',
  16777223: 'x86_64',
  12: 'arm',
  16777228: 'aarch64',
}
const EXECUTABLE = 2
/** Java class files share the magic of universal binaries; their "count" is a version of 45 or more. */
const MAX_ARCHITECTURES = 20

export function parseMacho(bytes: Uint8Array): MachoFile | undefined {
  if (bytes.length < 32) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const magic = view.getUint32(0, false)
  if (magic === 0xfeedface || magic === 0xfeedfacf) return thin(view, false)
  if (magic === 0xcefaedfe || magic === 0xcffaedfe) return thin(view, true)
  return magic === 0xcafebabe ? universal(view) : undefined
}

function thin(view: DataView, little: boolean): MachoFile {
  return {
    machines: [machineName(view.getUint32(4, little))],
    isLibrary: view.getUint32(12, little) !== EXECUTABLE,
  }
}

function universal(view: DataView): MachoFile | undefined {
  const count = view.getUint32(4, false)
  if (count === 0 || count > MAX_ARCHITECTURES || 8 + count * 20 > view.byteLength) return undefined
  const machines = Array.from({ length: count }, (_, index) => view.getUint32(8 + index * 20, false))
  if (!machines.every((machine) => machine in MACHINES)) return undefined
  return { machines: machines.map(machineName), isLibrary: true }
}

function machineName(machine: number): string {
  return MACHINES[machine] ?? `machine-${machine}`
}
