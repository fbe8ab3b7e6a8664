// Builds real wheels and sdists: a zip with its RECORD, a gzipped tar with PKG-INFO.
import { createHash } from 'node:crypto'
import { crc32, deflateRawSync } from 'node:zlib'
import { buildTgz, type FileMap } from './tgz.ts'

export interface PythonPackage {
  readonly name: string
  readonly version: string
  /** Further METADATA lines, e.g. `Requires-Dist: other>=1`. */
  readonly metadata?: readonly string[]
  /** Files besides the package's own `<name>/__init__.py`. */
  readonly files?: FileMap
  readonly requiresPython?: string
}

export interface BuiltFile {
  readonly filename: string
  readonly bytes: Buffer
  readonly sha256: string
  /** METADATA of a wheel, as it is inside. */
  readonly metadata?: Buffer
}

/** `tag` is the compatibility tag, `py3-none-any` unless told. */
export function buildWheel(project: PythonPackage, tag = 'py3-none-any'): BuiltFile {
  const stem = `${moduleName(project.name)}-${project.version}`
  const info = `${stem}.dist-info`
  const metadata = Buffer.from(metadataText(project))
  const files: Record<string, string | Uint8Array> = {
    [`${moduleName(project.name)}/__init__.py`]: `VERSION = "${project.version}"\n`,
    ...project.files,
    [`${info}/METADATA`]: metadata,
    [`${info}/WHEEL`]: `Wheel-Version: 1.0\nGenerator: sallyport-tests\nRoot-Is-Purelib: true\nTag: ${tag}\n`,
  }
  const lines = Object.entries(files).map(([path, content]) => recordLine(path, Buffer.from(content)))
  files[`${info}/RECORD`] = [...lines, `${info}/RECORD,,`, ''].join('\n')
  return { ...built(`${stem}-${tag}.whl`, buildZip(files)), metadata }
}

/** With a `setup.py` that builds it by setuptools, unless `files` brings its own build. */
export async function buildSdist(project: PythonPackage): Promise<BuiltFile> {
  const name = moduleName(project.name)
  const stem = `${name}-${project.version}`
  const files: FileMap = {
    'PKG-INFO': metadataText(project),
    'setup.py': `from setuptools import setup\nsetup(name="${project.name}", version="${project.version}", packages=["${name}"])\n`,
    [`${name}/__init__.py`]: `VERSION = "${project.version}"\n`,
    ...project.files,
  }
  const within = Object.fromEntries(
    Object.entries(files).map(([path, content]) => [`${stem}/${path}`, content]),
  )
  return built(`${stem}.tar.gz`, await buildTgz(within))
}

export function built(filename: string, bytes: Buffer): BuiltFile {
  return { filename, bytes, sha256: sha256(bytes) }
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function moduleName(name: string): string {
  return name.replace(/[-_.]+/g, '_').toLowerCase()
}

function metadataText({ name, version, metadata = [], requiresPython }: PythonPackage): string {
  const lines = [
    'Metadata-Version: 2.1',
    `Name: ${name}`,
    `Version: ${version}`,
    `Summary: test package ${name}`,
    'License: MIT',
    ...(requiresPython === undefined ? [] : [`Requires-Python: ${requiresPython}`]),
    ...metadata,
  ]
  return `${lines.join('\n')}\n\nMade for a test.\n`
}

function recordLine(path: string, content: Buffer): string {
  const hash = createHash('sha256').update(content).digest('base64url')
  return `${path},sha256=${hash},${content.byteLength}`
}

/** A plain zip (APPNOTE 6.3.9): deflated members in order, one central directory, nothing else. */
export function buildZip(files: FileMap): Buffer {
  const locals: Buffer[] = []
  const central: Buffer[] = []
  let offset = 0
  for (const [path, content] of Object.entries(files)) {
    const name = Buffer.from(path)
    const data = Buffer.from(content)
    const packed = deflateRawSync(data)
    const fields = commonFields(data, packed, name)
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), fields, Buffer.alloc(2), name, packed])
    central.push(centralEntry(fields, name, offset))
    locals.push(local)
    offset += local.byteLength
  }
  const directory = Buffer.concat(central)
  return Buffer.concat([...locals, directory, endRecord(central.length, directory.byteLength, offset)])
}

/** From "version needed" to "file name length": the same in both headers. */
function commonFields(data: Buffer, packed: Buffer, name: Buffer): Buffer {
  const fields = Buffer.alloc(24)
  fields.writeUInt16LE(20, 0)
  fields.writeUInt16LE(0x0800, 2) // names are UTF-8
  fields.writeUInt16LE(8, 4)
  fields.writeUInt16LE(0x0a6d, 8) // 1985-03-13, so that the same files make the same bytes
  fields.writeUInt32LE(crc32(data), 10)
  fields.writeUInt32LE(packed.byteLength, 14)
  fields.writeUInt32LE(data.byteLength, 18)
  fields.writeUInt16LE(name.byteLength, 22)
  return fields
}

function centralEntry(fields: Buffer, name: Buffer, offset: number): Buffer {
  const head = Buffer.alloc(6)
  head.write('PK\x01\x02', 'latin1')
  head.writeUInt16LE(0x031e, 4) // made on Unix
  const tail = Buffer.alloc(16)
  tail.writeUInt32LE(0o100644 * 0x10000, 8)
  tail.writeUInt32LE(offset, 12)
  return Buffer.concat([head, fields, tail, name])
}

function endRecord(count: number, size: number, offset: number): Buffer {
  const end = Buffer.alloc(22)
  end.write('PK\x05\x06', 'latin1')
  end.writeUInt16LE(count, 8)
  end.writeUInt16LE(count, 10)
  end.writeUInt32LE(size, 12)
  end.writeUInt32LE(offset, 16)
  return end
}
