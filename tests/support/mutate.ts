// Feeds random mutations of an artifact to a reader: it must answer each with contents or with an error of ours.
import fc from 'fast-check'
import { expect } from 'vitest'
import { GatewayError } from '../../src/model/errors.ts'

/** Few in the ordinary run; `MUTATIONS=10000` for the long one. */
const RUNS = Number(process.env['MUTATIONS'] ?? 300)

/** The seed is fixed, so that a failure can be repeated; INTERNAL is what an unforeseen exception becomes. */
export async function mutate<T>(
  bytes: Buffer,
  read: (mutant: Buffer) => Promise<T>,
  check: (contents: T, mutant: Buffer) => void = () => {},
): Promise<void> {
  const change = fc.tuple(fc.nat(bytes.length - 1), fc.nat(255))
  const changes = fc.array(change, { minLength: 1, maxLength: 6 })
  await fc.assert(
    fc.asyncProperty(changes, async (list) => {
      const mutant = Buffer.from(bytes)
      for (const [at, value] of list) mutant[at] = value
      const result = await read(mutant).catch((error: unknown) => {
        expect(error).toBeInstanceOf(GatewayError)
        return undefined
      })
      if (result !== undefined) check(result, mutant)
    }),
    { numRuns: RUNS, seed: 20 },
  )
}
