// One question for all kinds of machine code: is this file an executable, for which machine, and is it packed?
import type { PackageEntry } from '../../model/package-contents.ts'
import { type ElfFile, parseElf } from './elf.ts'
import { parseMacho } from './macho.ts'
import { parsePe } from './pe.ts'

export interface Executable {
  readonly format: 'ELF' | 'PE' | 'Mach-O'
  readonly machines: readonly string[]
  readonly isLibrary: boolean
  readonly packer?: string
  readonly elf?: ElfFile
}

const PACKER_SECTIONS: Readonly<Record<string, string>> = {
  UPX0: 'UPX',
  UPX1: 'UPX',
  '.aspack': 'ASPack',
  '.adata': 'ASPack',
  '.themida': 'Themida',
  '.vmp0': 'VMProtect',
  '.vmp1': 'VMProtect',
  '.MPRESS1': 'MPRESS',
  '.petite': 'Petite',
  '.nsp0': 'NsPack',
  '.enigma1': 'Enigma',
}
const UPX_MAGIC = Buffer.from('UPX!')
const UPX_NOTE = Buffer.from('$Info: This file is packed with the UPX')

/** Undefined for everything that is no machine code. Judges by content, never by the file's name. */
export function executableOf(entry: PackageEntry): Executable | undefined {
  const bytes = entry.type === 'file' ? (entry.content ?? entry.head) : undefined
  if (bytes === undefined) return undefined
  return elfOf(bytes) ?? peOf(bytes) ?? machoOf(bytes)
}

function elfOf(bytes: Uint8Array): Executable | undefined {
  const elf = parseElf(bytes)
  if (elf === undefined) return undefined
  const packed = isUpx(bytes)
  return {
    format: 'ELF',
    machines: [elf.machine],
    isLibrary: elf.kind === 'shared' && !elf.isPie,
    elf,
    ...(packed ? { packer: 'UPX' } : {}),
  }
}

/** UPX leaves its magic near both ends: after the program headers and in the last bytes. */
function isUpx(bytes: Uint8Array): boolean {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const head = buffer.subarray(0, 4096)
  return head.includes(UPX_MAGIC) || buffer.subarray(-4096).includes(UPX_NOTE) || head.includes(UPX_NOTE)
}

function peOf(bytes: Uint8Array): Executable | undefined {
  const pe = parsePe(bytes)
  if (pe === undefined) return undefined
  const packer = pe.sections.map((section) => PACKER_SECTIONS[section]).find((name) => name !== undefined)
  return {
    format: 'PE',
    machines: [pe.machine],
    isLibrary: pe.isLibrary,
    ...(packer === undefined ? {} : { packer }),
  }
}

function machoOf(bytes: Uint8Array): Executable | undefined {
  const macho = parseMacho(bytes)
  return macho === undefined ? undefined : { format: 'Mach-O', ...macho }
}
