// Finds characters that an editor does not show, or shows elsewhere: invisible runs, direction overrides, look-alike letters.
import type { Measure } from './measures.ts'

/** Variation selectors, tags, zero-width and filler characters. */
const INVISIBLE = new RegExp(
  `[${[
    '\\u00ad\\u034f\\u115f\\u1160\\u17b4\\u17b5',
    '\\u180b-\\u180e\\u200b-\\u200d\\u2060-\\u2064\\u206a-\\u206f\\u3164',
    '\\ufe00-\\ufe0f\\ufeff\\uffa0\\u{e0000}-\\u{e01ef}',
  ].join('')}]{9,1000}`,
  'gu',
)
const DIRECTION = /[\u202a-\u202e\u2066-\u2069]/
/** A class of characters that lists all that cannot be seen turns nothing round: nothing stands between them. */
const LISTED =
  /[\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufff9-\ufffc-]{0,40}[\u061c\u200b\u200e\u200f\u2028\u2029][\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069 \ufff9-\ufffc-]{6,40}/g
const OPENS = /[\u202a\u202b\u202d\u202e\u2066-\u2068]/g
const CLOSES = /[\u202c\u2069]/g
/** Cyrillic letters that look Latin, inside a word with Latin letters, where a name is declared or a module named. */
const MIXED_NAME =
  /(?:\b(?:function|const|let|var|def|class|import|from)\s{1,4}|require\(["'])(?:[A-Za-z_$]{1,40}[аеорсухіјѕһԁАВЕКМНОРСТХІЈЅ]|[аеорсухіјѕһԁАВЕКМНОРСТХІЈЅ]{1,10}[A-Za-z_$])/

/** Whether the UTF-8 bytes hold anything that `hiddenText` looks for; most texts with accents or quotes do not. */
export function mayHideText(bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] as number
    if (byte < 0x80) continue
    const next = bytes[i + 1] as number
    const last = bytes[i + 2] as number
    if (byte === 0xf3 && next === 0xa0) return true
    if (byte === 0xef && (next === 0xb8 || next === 0xbb || next === 0xbe)) return true
    if (byte === 0xe2 && ((next === 0x80 && isHiddenPunctuation(last)) || (next === 0x81 && last >= 0xa0)))
      return true
    if (byte === 0xd0 || byte === 0xd1 || byte === 0xd4) return true
    if (byte === 0xe3 && next === 0x85) return true
    if (byte === 0xe1 && (next === 0x85 || next === 0x9e || next === 0xa0)) return true
    if ((byte === 0xc2 && next === 0xad) || (byte === 0xcd && next === 0x8f)) return true
  }
  return false
}

/** U+200B to U+200D and U+202A to U+202E, by their last byte. */
function isHiddenPunctuation(last: number): boolean {
  return (last >= 0x8b && last <= 0x8d) || (last >= 0xaa && last <= 0xae)
}

/** Places in decoded text; `at` is an index into it. */
export function hiddenText(text: string): Measure[] {
  const measures: Measure[] = []
  let longest = 0
  for (const match of text.matchAll(INVISIBLE)) {
    const length = [...match[0]].length
    if (length <= longest || followsEmoji(text, match.index)) continue
    longest = length
    measures.push({ name: 'invisible-run', value: length, at: match.index })
  }
  if (DIRECTION.test(text)) measures.push(...directionOverrides(text))
  const mixed = MIXED_NAME.exec(text)
  if (mixed) measures.push({ name: 'mixed-script-name', value: 1, at: mixed.index })
  return measures
}

/** A flag of a region is an emoji followed by up to eight tags. */
function followsEmoji(text: string, index: number): boolean {
  return text.slice(Math.max(0, index - 2), index) === '\u{1f3f4}'
}

/** A line that opens more than it closes changes how the rest of it is shown. */
function directionOverrides(text: string): Measure[] {
  const measures: Measure[] = []
  let at = 0
  for (const line of text.split('\n')) {
    if (DIRECTION.test(line)) {
      const shown = line.replace(LISTED, '')
      const open = shown.match(OPENS)?.length ?? 0
      const closed = shown.match(CLOSES)?.length ?? 0
      const isCode = /["'`]|\/\/|\/\*|#/.test(line) && !isCharacterTable(line)
      const name = open > closed && isCode ? 'direction-override-open' : 'direction-override'
      measures.push({ name, value: open + closed, at })
    }
    at += line.length + 1
    if (measures.length > 20) break
  }
  return measures
}

/** A long line of foreign characters (a table of entities, say) deceives nobody: it is not read as code. */
function isCharacterTable(line: string): boolean {
  if (line.length < 2000) return false
  const foreign = line.match(/[^\x00-\x7f]/g)?.length ?? 0
  return foreign > line.length / 5
}
