// Who asks for the same thing at the same time gets the same answer; a failure leaves nothing behind.
import { expect, it } from 'vitest'
import { createSingleFlight } from '../../src/gate/single-flight.ts'

it('starts once for all that ask at the same time, and again for those that ask later', async () => {
  const flights = createSingleFlight<number>()
  let starts = 0
  const start = async () => {
    starts += 1
    return starts
  }
  expect(
    await Promise.all([flights.join('a', start), flights.join('a', start), flights.join('b', start)]),
  ).toEqual([1, 1, 2])
  expect(await flights.join('a', start)).toBe(3)
  expect(flights.size).toBe(0)
})

it('gives a failure to all that joined, and nobody after them', async () => {
  const flights = createSingleFlight<string>()
  const broken = () => Promise.reject(new Error('down'))
  const both = [flights.join('a', broken), flights.join('a', broken)]
  expect((await Promise.allSettled(both)).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  expect(await flights.join('a', async () => 'up')).toBe('up')
})
