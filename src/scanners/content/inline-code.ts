// Takes the code out of command lines that carry it: `node -e "..."`, `python -c '...'`.
import type { Language } from './language.ts'

export interface InlineCode {
  readonly language: Language
  readonly text: string
}

const INTERPRETERS: readonly (readonly [RegExp, Language])[] = [
  [
    /\b(?:node|nodejs|bun|deno)(?:\.exe)?\s{1,4}(?:--?[\w-]{1,30}\s{1,4}){0,3}?(?:-e|--eval|-p|-pe|--print|eval)\s{1,4}/g,
    'javascript',
  ],
  [/\bpython[\d.]{0,5}w?(?:\.exe)?\s{1,4}(?:-[A-Za-z]{1,2}\s{1,4}){0,3}?-c\s{1,4}/g, 'python'],
]

/** Inline programs of a command line, in order; text in quotes is taken without them and with its escapes read. */
export function inlineCode(command: string): InlineCode[] {
  return INTERPRETERS.flatMap(([pattern, language]) =>
    [...command.matchAll(pattern)].map((match) => ({
      language,
      text: quotedAt(command, match.index + match[0].length),
    })),
  ).filter(({ text }) => text.trim() !== '')
}

function quotedAt(command: string, at: number): string {
  const quote = command[at]
  if (quote !== '"' && quote !== "'") return command.slice(at).split(/\s(?:&&|\|\||;|\|)\s/)[0] ?? ''
  let text = ''
  for (let i = at + 1; i < command.length && command[i] !== quote; i++) {
    if (quote === '"' && command[i] === '\\' && i + 1 < command.length) i++
    text += command[i]
  }
  return text
}
