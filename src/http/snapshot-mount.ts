// `debian@20260131T120000Z`: a repository as it was at a time.
import { GatewayError } from '../model/errors.ts'

const STAMP = /^(\d{4})-?(\d{2})-?(\d{2})(?:T(\d{2}):?(\d{2}):?(\d{2})Z)?$/

/**
 * The mount without its time; `at` in milliseconds since the epoch, of a day without a time its end. Throws BAD_REQUEST for a time
 * that cannot be read.
 */
export function parseMount(segment: string): { name: string; at?: number } {
  const mark = segment.indexOf('@')
  if (mark <= 0) return { name: segment }
  const [, year, month, day, hour = '23', minute = '59', second = '59'] =
    STAMP.exec(segment.slice(mark + 1)) ?? []
  const at = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  if (Number.isNaN(at))
    throw new GatewayError('BAD_REQUEST', 'the time behind @ is not like 20260131T120000Z or 2026-01-31', {
      segment: segment.slice(0, 80),
    })
  return { name: segment.slice(0, mark), at }
}
