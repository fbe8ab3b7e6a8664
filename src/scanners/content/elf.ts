// What an ELF file says of itself: machine, hardening, library search path, packer. Reads only headers (elf(5), System V gABI).

export interface ElfFile {
  /** As distributions call it: `x86_64`, `aarch64`, `i386`, ...; `machine-<n>` for others. */
  readonly machine: string
  readonly bits: 32 | 64
  readonly kind: 'relocatable' | 'executable' | 'shared' | 'core' | 'other'
  /** Position independent executable (a shared object with an interpreter). */
  readonly isPie: boolean
  readonly isDynamic: boolean
  /** The stack may be executed: PT_GNU_STACK with the X bit. Undefined when the header is not there. */
  readonly executableStack?: boolean
  readonly relro: boolean
  /** DT_RPATH and DT_RUNPATH entries; undefined when the dynamic section is outside the bytes at hand. */
  readonly searchPaths?: readonly string[]
  readonly needed?: readonly string[]
  /** A segment that is writable and executable at once: code that unpacks itself. */
  readonly writableCode: boolean
  readonly hasSections: boolean
}

const MACHINES: Readonly<Record<number, string>> = {
  2: 'sparc',
  3: 'i386',
  8: 'mips',
  20: 'ppc',
  21: 'ppc64',
  22: 's390x',
  40: 'arm',
  43: 'sparc64',
  50: 'ia64',
  62: 'x86_64',
  183: 'aarch64',
  243: 'riscv',
  247: 'bpf',
  258: 'loongarch',
}
const KINDS = ['other', 'relocatable', 'executable', 'shared', 'core'] as const
const PT_LOAD = 1
const PT_DYNAMIC = 2
const PT_INTERP = 3
const PT_GNU_STACK = 0x6474e551
const PT_GNU_RELRO = 0x6474e552
const DT_NEEDED = 1n
const DT_STRTAB = 5n
const DT_RPATH = 15n
const DT_RUNPATH = 29n
/** No honest file has more; a hostile one must not make us loop. */
const MAX_HEADERS = 512
const MAX_DYNAMIC = 4096
const MAX_TEXT = 4096

export function isElf(bytes: Uint8Array): boolean {
  return bytes[0] === 0x7f && bytes[1] === 0x45 && bytes[2] === 0x4c && bytes[3] === 0x46
}

/** `bytes` is the whole file or its beginning. Undefined when it is no ELF file or its header makes no sense. */
export function parseElf(bytes: Uint8Array): ElfFile | undefined {
  if (!isElf(bytes) || bytes.length < 64) return undefined
  const bits = bytes[4] === 1 ? 32 : bytes[4] === 2 ? 64 : undefined
  const little = bytes[5] === 1
  if (bits === undefined || (!little && bytes[5] !== 2)) return undefined
  const image: Image = {
    view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    bits,
    little,
    bytes,
  }
  const machine = image.view.getUint16(18, little)
  const type = image.view.getUint16(16, little)
  const segments = readSegments(image)
  const has = (wanted: number) => segments.some((segment) => segment.type === wanted)
  const stack = segments.find((segment) => segment.type === PT_GNU_STACK)
  const dynamic = readDynamic(image, segments)
  return {
    machine: MACHINES[machine] ?? `machine-${machine}`,
    bits,
    kind: KINDS[type] ?? 'other',
    isPie: type === 3 && has(PT_INTERP),
    isDynamic: has(PT_DYNAMIC),
    ...(stack === undefined ? {} : { executableStack: (stack.flags & 1) === 1 }),
    relro: has(PT_GNU_RELRO),
    writableCode: segments.some((segment) => segment.type === PT_LOAD && (segment.flags & 3) === 3),
    hasSections: image.view.getUint16(bits === 64 ? 60 : 48, little) > 0,
    ...(dynamic === undefined ? {} : dynamic),
  }
}

interface Image {
  readonly view: DataView
  readonly bytes: Uint8Array
  readonly bits: 32 | 64
  readonly little: boolean
}

interface Segment {
  readonly type: number
  readonly flags: number
  readonly offset: number
  readonly address: bigint
  readonly size: number
}

function readSegments(image: Image): Segment[] {
  const { view, bits, little } = image
  const start = bits === 64 ? Number(view.getBigUint64(32, little)) : view.getUint32(28, little)
  const step = view.getUint16(bits === 64 ? 54 : 42, little)
  const count = Math.min(view.getUint16(bits === 64 ? 56 : 44, little), MAX_HEADERS)
  const minimum = bits === 64 ? 56 : 32
  if (step < minimum) return []
  const segments: Segment[] = []
  for (let index = 0; index < count; index += 1) {
    const at = start + index * step
    if (at + minimum > view.byteLength) break
    segments.push(bits === 64 ? segment64(view, at, little) : segment32(view, at, little))
  }
  return segments
}

function segment64(view: DataView, at: number, little: boolean): Segment {
  return {
    type: view.getUint32(at, little),
    flags: view.getUint32(at + 4, little),
    offset: Number(view.getBigUint64(at + 8, little)),
    address: view.getBigUint64(at + 16, little),
    size: Number(view.getBigUint64(at + 32, little)),
  }
}

function segment32(view: DataView, at: number, little: boolean): Segment {
  return {
    type: view.getUint32(at, little),
    flags: view.getUint32(at + 24, little),
    offset: view.getUint32(at + 4, little),
    address: BigInt(view.getUint32(at + 8, little)),
    size: view.getUint32(at + 16, little),
  }
}

/** Undefined when there is none or it lies outside the bytes at hand. */
function readDynamic(
  image: Image,
  segments: readonly Segment[],
): Pick<ElfFile, 'searchPaths' | 'needed'> | undefined {
  const dynamic = segments.find((segment) => segment.type === PT_DYNAMIC)
  if (dynamic === undefined) return undefined
  const tags = readTags(image, dynamic)
  const table = tags.find(({ tag }) => tag === DT_STRTAB)
  const strings = table === undefined ? undefined : offsetOf(table.value, segments)
  if (strings === undefined || strings >= image.bytes.length) return undefined
  const texts = (wanted: bigint) =>
    tags
      .filter(({ tag }) => tag === wanted)
      .flatMap(({ value }) => readText(image.bytes, strings + Number(value)) ?? [])
  return {
    searchPaths: [...texts(DT_RPATH), ...texts(DT_RUNPATH)].flatMap((paths) => paths.split(':')),
    needed: texts(DT_NEEDED),
  }
}

function readTags({ view, bits, little }: Image, dynamic: Segment): { tag: bigint; value: bigint }[] {
  const step = bits === 64 ? 16 : 8
  const count = Math.min(Math.floor(dynamic.size / step), MAX_DYNAMIC)
  const tags: { tag: bigint; value: bigint }[] = []
  for (let index = 0; index < count; index += 1) {
    const at = dynamic.offset + index * step
    if (at + step > view.byteLength) break
    const tag = bits === 64 ? view.getBigInt64(at, little) : BigInt(view.getInt32(at, little))
    if (tag === 0n) break
    const value = bits === 64 ? view.getBigUint64(at + 8, little) : BigInt(view.getUint32(at + 4, little))
    tags.push({ tag, value })
  }
  return tags
}

/** The dynamic section speaks in addresses of the loaded image; segments map them back to the file. */
function offsetOf(address: bigint, segments: readonly Segment[]): number | undefined {
  const segment = segments.find(
    (one) => one.type === PT_LOAD && address >= one.address && address < one.address + BigInt(one.size),
  )
  return segment === undefined ? undefined : Number(address - segment.address) + segment.offset
}

function readText(bytes: Uint8Array, start: number): string | undefined {
  if (!(start >= 0 && start < bytes.length)) return undefined
  const end = bytes.indexOf(0, start)
  const stop = Math.min(end === -1 ? bytes.length : end, start + MAX_TEXT)
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, stop - start).toString('latin1')
}
