// Parses Python 2 and 3 with an error-tolerant grammar in plain JavaScript: no native code, no WebAssembly.
import { parser } from '@lezer/python'
import type { Program } from '../flow/program.ts'
import { convertPython } from './convert.ts'

/** The program, or undefined when the text is nested more deeply than can be followed. */
export function parsePython(source: string): Program | undefined {
  try {
    return convertPython(parser.parse(source).topNode, source)
  } catch {
    return undefined
  }
}
