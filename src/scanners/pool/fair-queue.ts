// Who is next: clients before background work, repositories in turn, nobody starved.
import { GatewayError } from '../../model/errors.ts'
import type { ExaminePriority } from '../examination.ts'

/** After so many client jobs in a row one background job goes first, or a busy day would starve it for ever. */
const CLIENT_RUN = 8

export interface FairQueue<T> {
  /** Throws BUSY when the queue of this priority is full. */
  push(item: T, priority: ExaminePriority, share: string): void
  /** `clientOnly` keeps background work waiting: a slot is kept free for whoever waits. */
  shift(clientOnly: boolean): { item: T; priority: ExaminePriority } | undefined
  size(priority: ExaminePriority): number
  /** Everything that waits, taken out. */
  drain(): T[]
}

export function createFairQueue<T>(limits: Readonly<Record<ExaminePriority, number>>): FairQueue<T> {
  const lanes = { client: createLane<T>(), background: createLane<T>() }
  let clientsInARow = 0

  return {
    push(item, priority, share) {
      if (lanes[priority].size() >= limits[priority])
        throw new GatewayError('BUSY', `${limits[priority]} artifacts already wait for an examiner`, {
          priority,
          retryAfterSeconds: 5,
        })
      lanes[priority].push(item, share)
    },
    shift(clientOnly) {
      const background = !clientOnly && lanes.background.size() > 0
      const yields = background && clientsInARow >= CLIENT_RUN
      const item = yields ? undefined : lanes.client.shift()
      if (item !== undefined) {
        clientsInARow += 1
        return { item, priority: 'client' }
      }
      if (!background) return undefined
      const other = lanes.background.shift()
      clientsInARow = 0
      return other === undefined ? undefined : { item: other, priority: 'background' }
    },
    size: (priority) => lanes[priority].size(),
    drain: () => [...lanes.client.drain(), ...lanes.background.drain()],
  }
}

/** One queue a share, served in turn: a flood of one repository does not push back another's. */
function createLane<T>() {
  const shares = new Map<string, T[]>()
  let count = 0
  return {
    push(item: T, share: string): void {
      const queue = shares.get(share)
      if (queue === undefined) shares.set(share, [item])
      else queue.push(item)
      count += 1
    },
    shift(): T | undefined {
      const first = shares.entries().next()
      if (first.done) return undefined
      const [share, queue] = first.value
      const item = queue.shift()
      shares.delete(share)
      if (queue.length > 0) shares.set(share, queue) // to the end of the round
      count -= 1
      return item
    },
    size: () => count,
    drain(): T[] {
      const all = [...shares.values()].flat()
      shares.clear()
      count = 0
      return all
    },
  }
}
