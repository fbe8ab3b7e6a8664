// Memory is given back only when nothing else lies in it.
import { expect, it } from 'vitest'
import { freeBytes } from '../../src/model/free-bytes.ts'

it('frees bytes that have their memory for themselves', () => {
  const bytes = Buffer.allocUnsafeSlow(1024)
  freeBytes(bytes)
  expect(bytes.byteLength).toBe(0)
})

it('leaves a part of other bytes alone', () => {
  const whole = Buffer.from('0123456789'.repeat(1000))
  freeBytes(whole.subarray(0, 10))
  freeBytes(whole.subarray(9990))
  freeBytes(Buffer.from('short')) // of the pool
  expect(whole.toString('latin1', 0, 10)).toBe('0123456789')
  expect(Buffer.from('other').toString()).toBe('other')
})
