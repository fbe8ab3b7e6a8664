// What the npm samples of the field share: their shape, hooks, and a library for the ones that hide in one.
import type { Sample } from './samples.ts'

type Files = Sample['files']
type Shape = Pick<Sample, 'scripts' | 'version' | 'dependencies'>

export const IP = '203.0.113.77'
export const pre = (script: string): Shape => ({ scripts: { preinstall: script } })
export const post = (script: string): Shape => ({ scripts: { postinstall: script } })

/** A library that does its work, as clones and taken-over packages carry it. */
export const LIBRARY = Array.from(
  { length: 1500 },
  (_, i) =>
    `function option${i}(input, settings) {\n  const value = settings && settings.level${i} ? input.slice(0, ${i % 90}) : input;\n  return value === undefined ? '' : String(value);\n}\n`,
).join('')

/** A sample under a name of its own. */
export function sample(behaviour: number, id: string, files: Files, shape: Shape = {}): Sample {
  return { id: `field npm ${id}`, behaviour, language: 'js', ecosystem: 'npm', files, ...shape }
}

/** Known to be missed; the reason is told. */
export function missed(one: Sample, reason: string): Sample {
  return { ...one, missed: reason }
}
