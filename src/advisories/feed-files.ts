// The texts of a feed's files: JSON lines, single documents, zip and tar archives, each plain or gzipped, and folders of them.
import { createReadStream } from 'node:fs'
import { open, readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { createGunzip, gunzipSync } from 'node:zlib'
import { extract } from 'tar-stream'
import { asGatewayError, GatewayError } from '../model/errors.ts'
import { linesOf } from './lines.ts'
import { MAX_RECORD_BYTES, type OsvItem, parseRecord } from './osv.ts'
import { readZipTexts } from './zip-texts.ts'

/** One document of a feed. */
export interface FeedText {
  readonly text: string
  /** File and line, or archive and entry. */
  readonly where: string
}

const READABLE = /\.(?:(?:jsonl|ndjson|json|tar)(?:\.gz)?|tgz|zip)$/
/** A single document may hold many records: the KEV catalogue. */
const MAX_DOCUMENT_BYTES = 256 * 1024 * 1024

/**
 * Every record of a file or of all such files below a folder. A record that is no OSV record is an item of its own, so that the
 * caller counts it and goes on. Throws CONFIG_INVALID when the path cannot be read at all or ends half-way: a feed that is missing
 * must not look like a feed without records.
 */
export async function* readOsv(path: string): AsyncIterable<OsvItem> {
  for await (const { text, where } of readTexts(path)) yield parseRecord(text, where)
}

export async function* readTexts(path: string): AsyncIterable<FeedText> {
  const files = await filesOf(path)
  if (files.length === 0) throw unreadable(path, 'there is no OSV file')
  for (const file of files) yield* textsOf(file)
}

async function filesOf(path: string): Promise<string[]> {
  try {
    if (!(await stat(path)).isDirectory()) return [path]
    const names = await readdir(path, { recursive: true })
    return names
      .filter((name) => READABLE.test(name))
      .map((name) => join(path, name))
      .toSorted()
  } catch (cause) {
    throw unreadable(path, asGatewayError(cause).message, cause)
  }
}

async function* textsOf(file: string): AsyncIterable<FeedText> {
  try {
    if (/\.zip$/.test(file)) yield* readZipTexts(file, MAX_RECORD_BYTES)
    else if (/\.(?:tgz|tar(?:\.gz)?)$/.test(file)) yield* readTarTexts(file)
    else if (/\.(?:jsonl|ndjson)(?:\.gz)?$/.test(file)) yield* readLines(file)
    else yield { text: await readDocument(file), where: file }
  } catch (cause) {
    if (cause instanceof GatewayError && cause.code === 'CONFIG_INVALID') throw cause
    throw unreadable(file, asGatewayError(cause).message, cause)
  }
}

async function* readLines(file: string): AsyncIterable<FeedText> {
  let number = 0
  try {
    for await (const line of linesOf(bytesOf(file), MAX_RECORD_BYTES)) {
      number += 1
      if (line.trim() !== '') yield { text: line, where: `${file}:${number}` }
    }
  } catch (cause) {
    throw unreadable(file, `it ends after ${number} lines: ${asGatewayError(cause).message}`, cause)
  }
}

function bytesOf(file: string): NodeJS.ReadableStream {
  const bytes = createReadStream(file)
  if (!/\.(?:gz|tgz)$/.test(file)) return bytes
  const input = bytes.pipe(createGunzip())
  // pipe() does not carry the reader's error over; a damaged disk must not look like the end of the feed.
  bytes.on('error', (error) => input.destroy(error))
  return input
}

async function* readTarTexts(file: string): AsyncIterable<FeedText> {
  const archive = extract()
  const bytes = bytesOf(file)
  bytes.on('error', (error) => archive.destroy(error))
  bytes.pipe(archive)
  for await (const entry of archive) {
    const { name, size = 0, type } = entry.header
    const wanted = type === 'file' && READABLE.test(name)
    if (wanted && size > MAX_RECORD_BYTES)
      throw unreadable(file, `${name} is larger than ${MAX_RECORD_BYTES} bytes`)
    const chunks: Uint8Array[] = []
    for await (const chunk of entry) if (wanted) chunks.push(chunk as Uint8Array)
    if (wanted) yield* entryTexts(Buffer.concat(chunks).toString('utf8'), name, file)
  }
}

function* entryTexts(text: string, name: string, file: string): Iterable<FeedText> {
  if (!/\.(?:jsonl|ndjson)$/.test(name)) {
    yield { text, where: `${file}:${name}` }
    return
  }
  for (const [at, line] of text.split('\n').entries())
    if (line.trim() !== '') yield { text: line, where: `${file}:${name}:${at + 1}` }
}

/** A whole file as text, unpacked when it is gzip by its first bytes. */
export async function readDocument(file: string): Promise<string> {
  const { size } = await stat(file)
  if (size > MAX_DOCUMENT_BYTES) throw unreadable(file, `it is larger than ${MAX_DOCUMENT_BYTES} bytes`)
  const bytes = await readFile(file)
  if (!(await isGzip(file))) {
    if (file.endsWith('.gz')) throw unreadable(file, 'it is not gzip')
    return bytes.toString('utf8')
  }
  try {
    return gunzipSync(bytes, { maxOutputLength: MAX_DOCUMENT_BYTES }).toString('utf8')
  } catch (cause) {
    throw unreadable(file, 'it is not gzip', cause)
  }
}

async function isGzip(file: string): Promise<boolean> {
  const handle = await open(file)
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(2), 0, 2, 0)
    return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b
  } finally {
    await handle.close()
  }
}

export function unreadable(path: string, why: string, cause?: unknown): GatewayError {
  return new GatewayError(
    'CONFIG_INVALID',
    `advisories in ${path} cannot be read: ${why}`,
    { path },
    { cause },
  )
}
