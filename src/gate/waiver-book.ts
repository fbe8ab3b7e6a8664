// The exceptions that hold now, followed in the ledger; time alone ends them, and what has ended stays ended.
import { hash } from 'node:crypto'
import type { Waiver } from '../model/waiver.ts'
import { isInForce } from '../policy/waiver.ts'
import type { Ledger } from '../storage/ledger.ts'

export interface WaiverBook {
  /** Reads the table when it changed, and ends in it what has lapsed. Throws LEDGER_FAILED. */
  refresh(): Promise<void>
  /** What is in force; the revision changes whenever the set does. */
  current(): { readonly revision: string; readonly waivers: readonly Waiver[] }
}

interface Page {
  readonly revision: string
  readonly waivers: readonly Waiver[]
  /** Milliseconds since the epoch at which time changes the set. */
  readonly until: number
}

/** `changed` is told of every exception that came into force or ceased to be. */
export function createWaiverBook(
  ledger: Pick<Ledger, 'waivers' | 'audit'>,
  now: () => Date,
  changed: (started: readonly Waiver[], ended: readonly Waiver[]) => void,
  failed: (error: unknown) => void,
): WaiverBook {
  let stamp: string | undefined
  let live: readonly Waiver[] = []
  let told: readonly Waiver[] | undefined
  let page: Page = { revision: '0', waivers: [], until: Number.POSITIVE_INFINITY }
  /**
   * The latest time that this gateway has seen, on its clock or in the audit log: a clock that is set back gives no lapsed exception
   * another life.
   */
  let latest = 0

  function time(): Date {
    latest = Math.max(latest, now().getTime())
    return new Date(latest)
  }

  function turn(): Page {
    const at = time()
    const waivers = live.filter((waiver) => isInForce(waiver, at))
    const changes = live
      .flatMap(({ createdAt, expiresAt }) => [Date.parse(createdAt), Date.parse(expiresAt)])
      .filter((one) => one > at.getTime())
    // Short: it is compared at every request.
    const ids = waivers.map(({ id }) => id).join(',')
    const revision = `${stamp ?? '0'}:${hash('sha256', ids, 'hex').slice(0, 16)}`
    return { revision, waivers, until: Math.min(...changes, Number.POSITIVE_INFINITY) }
  }

  function current(): Page {
    if (time().getTime() >= page.until) page = turn()
    return page
  }

  async function read(): Promise<void> {
    const newest = await ledger.waivers.stamp()
    if (newest === stamp) return
    const last = await ledger.audit.last()
    latest = Math.max(latest, Date.parse(last?.at ?? '') || 0)
    live = await ledger.waivers.list()
    stamp = newest
    page = turn()
  }

  async function endLapsed(): Promise<void> {
    const at = time()
    const lapsed = live.filter(({ expiresAt }) => !(Date.parse(expiresAt) > at.getTime()))
    for (const waiver of lapsed) {
      const end = { at: at.toISOString(), by: 'gateway', reason: 'its time was over' }
      await ledger.waivers.end(waiver.id, end, {
        at: end.at,
        actor: 'gateway',
        action: 'waiver-lapsed',
        subject: `waiver:${waiver.id}`,
        details: { expiresAt: waiver.expiresAt, reason: waiver.reason },
      })
    }
    if (lapsed.length > 0) await read()
  }

  return {
    current,
    async refresh() {
      await read()
      const { waivers } = current()
      // What held at the start is found by whoever asks; only changes are told.
      const [before, after] = [told ?? waivers, waivers]
      told = waivers
      const ids = (list: readonly Waiver[]) => new Set(list.map(({ id }) => id))
      const started = after.filter(({ id }) => !ids(before).has(id))
      const ended = before.filter(({ id }) => !ids(after).has(id))
      if (started.length + ended.length > 0) changed(started, ended)
      // It holds no longer whether or not that can be written down now.
      await endLapsed().catch(failed)
    },
  }
}
