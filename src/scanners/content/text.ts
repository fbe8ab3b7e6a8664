// Text of package entries, decoded once and shared by all scanners of one examination.
import { isAscii } from 'node:buffer'
import { GatewayError } from '../../model/errors.ts'
import type { PackageEntry } from '../../model/package-contents.ts'
import { collapseRuns, hasLongRun } from '../rules/collapse.ts'
import type { RuleSet } from '../rules/compile.ts'
import type { FoundLiterals } from '../rules/literal-index.ts'
import type { SearchText } from '../rules/match.ts'
import { type Forgettable, RecentTexts } from './recent-texts.ts'

/** Characters of decoded text kept at a time, for what looks from one file into others; all else goes file by file. */
const KEPT_CHARACTERS = 8_000_000
const recentTexts = new RecentTexts(KEPT_CHARACTERS)

/** One file as text. `raw` is the decoded content, `text` the same with long runs shortened; both have the same lines. */
export class EntryText implements SearchText, Forgettable {
  readonly sizeBytes: number
  readonly #read: () => Uint8Array
  #raw: string | undefined
  #text: string | undefined
  #rules: RuleSet | undefined
  #inBytes: FoundLiterals | undefined
  #inText: FoundLiterals | undefined
  #occurring = new Uint32Array(0)
  present: Uint8Array = NOTHING

  readonly #hasShellComments: boolean

  /** In shell text comment lines are blanked: they say nothing of what runs. `read` gives the same bytes whenever it is asked. */
  constructor(sizeBytes: number, read: () => Uint8Array, hasShellComments = false) {
    this.sizeBytes = sizeBytes
    this.#read = read
    this.#hasShellComments = hasShellComments
  }

  /** The content; unpacked anew in large artifacts. */
  get bytes(): Uint8Array {
    return this.#read()
  }

  /** The same file with or without comments of the shell. */
  asShell(): EntryText {
    return new EntryText(this.sizeBytes, this.#read, true)
  }

  get raw(): string {
    if (this.#raw === undefined) {
      this.#raw = decode(this.bytes)
      recentTexts.keep(this, this.#raw.length)
    }
    return this.#raw
  }

  /** Strings and places are made again when they are asked for; the bytes and what is present in them stay. */
  forget(): void {
    this.#raw = undefined
    this.#text = undefined
    this.#inBytes = undefined
    this.#inText = undefined
  }

  /** Like `forget`, when nothing looks at the text any more: which literals occur is noted in a few bytes until `against` is asked again. */
  close(): void {
    this.forget()
    if (this.present === NOTHING) return
    const ids: number[] = []
    for (let id = 0; id < this.present.length; id++) if (this.present[id] === 1) ids.push(id)
    this.#occurring = Uint32Array.from(ids)
    this.present = NOTHING
  }

  get text(): string {
    if (this.#text === undefined) {
      const raw = this.#hasShellComments ? this.raw.replace(COMMENT_LINE, '') : this.raw
      this.#text = hasLongRun(this.bytes) ? collapseRuns(raw) : raw
      if (this.#text !== this.#raw) recentTexts.keep(this, this.#text.length)
    }
    return this.#text
  }

  /** This text as a target of the rule set's patterns. */
  against(rules: RuleSet): this {
    if (this.#rules !== rules) {
      this.#rules = rules
      this.#inText = undefined
      const { bytes } = this
      this.#inBytes = rules.index.find(isWide(bytes) ? Buffer.from(this.raw) : bytes)
      this.present = this.#inBytes.present
    } else if (this.present === NOTHING) this.#reopen(rules)
    return this
  }

  #reopen(rules: RuleSet): void {
    const present = new Uint8Array(rules.index.literals.length)
    for (const id of this.#occurring) present[id] = 1
    this.present = present
  }

  placesOf(id: number, literal: string): readonly number[] {
    this.#inText ??= this.#findInText()
    return this.#inText?.placesOf(id) ?? everyPlace(this.text, literal)
  }

  #findInText(): FoundLiterals | undefined {
    return this.#inBytes && this.#isAsWritten()
      ? this.#inBytes
      : this.#rules?.index.find(oneByteEach(this.text))
  }

  /** Whether indexes of bytes are indexes of `text`. */
  #isAsWritten(): boolean {
    return this.text === this.raw && isAscii(this.bytes)
  }
}

const NOTHING = new Uint8Array(0)

/** A byte for every UTF-16 unit: ASCII as it is, and of all others only the place matters. */
function oneByteEach(text: string): Uint8Array {
  return Buffer.from(text, 'latin1')
}

/** For texts with very many literals. */
function everyPlace(text: string, literal: string): readonly number[] {
  const places: number[] = []
  const lower = lowerCase(text)
  for (let at = lower.indexOf(literal); at >= 0; at = lower.indexOf(literal, at + literal.length))
    places.push(at)
  return places
}

const COMMENT_LINE = /^[ \t]{0,200}#(?!!).*$/gm

const texts = new WeakMap<PackageEntry, EntryText>()

/** A text that is no file of the package: a hook's script, a command line, something decoded. */
export function looseText(bytes: Uint8Array, hasShellComments = false): EntryText {
  return new EntryText(bytes.length, () => bytes, hasShellComments)
}

/** The shared text of a file, or undefined when no content was kept. A large file is seen by its head and tail. */
export function textOf(entry: PackageEntry): EntryText | undefined {
  let text = texts.get(entry)
  if (!text) {
    text = openText(entry)
    if (text) texts.set(entry, text)
  }
  return text
}

function openText(entry: PackageEntry): EntryText | undefined {
  if (entry.head !== undefined) return looseText(joinEnds(entry.head, entry.tail))
  // Not looked at yet: that would unpack it.
  return 'content' in entry ? new EntryText(entry.sizeBytes, () => contentOf(entry)) : undefined
}

function contentOf({ content, sizeBytes, path }: PackageEntry): Uint8Array {
  if (content?.length !== sizeBytes)
    throw new GatewayError('INTERNAL', 'the content of a file is not as long as the file', { path })
  return content
}

function joinEnds(head: Uint8Array | undefined, tail: Uint8Array | undefined): Uint8Array {
  return Buffer.concat([head ?? new Uint8Array(0), Buffer.from('\n'), tail ?? new Uint8Array(0)])
}

function isWide(bytes: Uint8Array): boolean {
  return (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)
}

/** UTF-16 with a byte order mark is what PowerShell and cmd write; everything else is read as UTF-8. */
function decode(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return buffer.toString('utf16le')
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder('utf-16be').decode(bytes)
  return isAscii(bytes) ? buffer.toString('latin1') : buffer.toString('utf8')
}

/** Lower case that keeps every index: only where the full mapping changes lengths is it done for ASCII alone. */
function lowerCase(text: string): string {
  const lower = text.toLowerCase()
  return lower.length === text.length ? lower : text.replace(/[A-Z]/g, (c) => c.toLowerCase())
}

/** 1-based line of an index. */
export function lineAt(text: string, index: number): number {
  let line = 1
  for (let at = text.indexOf('\n'); at >= 0 && at < index; at = text.indexOf('\n', at + 1)) line++
  return line
}

const SNIPPET_LENGTH = 200
const SECRET = /\b(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[\w-]{24,}\b/g

/** The text around a match in one line: at most 200 printable characters, long token-like words shortened. */
export function snippetAt(text: string, index: number, length: number): string {
  const lineStart = text.lastIndexOf('\n', index - 1) + 1
  const from = Math.max(lineStart, index - 60)
  const raw = text.slice(from, Math.max(index + Math.min(length, 400), from + 400))
  return redact(raw).slice(0, SNIPPET_LENGTH)
}

/** Printable, on one line, with anything that looks like a token cut to its first six characters. */
export function redact(text: string): string {
  return text
    .replace(SECRET, (word) => `${word.slice(0, 6)}[...]`)
    .replace(/[^\x20-\x7e]+/g, ' ')
    .replace(/ {2,}/g, ' ')
    .trim()
}
