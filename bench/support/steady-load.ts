// A gentle, even load in a process of its own: `steady-load.ts URL REQUESTS_PER_SECOND`; prints one line a request until stdin ends.
import { Agent, get } from 'node:http'

const [, , url = '', rate = '200'] = process.argv
const LIMIT_MS = 60_000
const agent = new Agent({ keepAlive: true, maxSockets: 16 })

const timer = setInterval(ask, 1000 / Number(rate))
process.stdin.on('end', stop).resume()
setTimeout(stop, LIMIT_MS).unref()

/** Prints when the request was due and how long until its last byte, both in milliseconds. */
function ask(): void {
  const startedAt = Date.now()
  const started = performance.now()
  get(url, { agent, headers: { 'accept-encoding': 'gzip' } }, (response) => {
    response.on('end', () => process.stdout.write(`${startedAt} ${performance.now() - started}\n`)).resume()
  }).on('error', () => process.stdout.write(`${startedAt} Infinity\n`))
}

function stop(): void {
  clearInterval(timer)
  agent.destroy()
  process.exit(0)
}
