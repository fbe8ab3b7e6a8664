// ClamAV by its daemon: the artifact and every unpacked file are streamed to clamd (INSTREAM, clamd(8)).
import { createReadStream } from 'node:fs'
import { GatewayError } from '../../model/errors.ts'
import type { Finding } from '../../model/finding.ts'
import type { CopyPiece, ExamineJob } from '../examination.ts'
import type { ExternalRun, ExternalScanner, ToolState } from './adapter.ts'
import { askClamd, type ClamdAddress, openClamdStream } from './clamd-protocol.ts'

/** Streams to clamd at the same time for one artifact; clamd has ten threads by default. */
const PARALLEL = 4

export function clamd(address: ClamdAddress): ExternalScanner {
  return {
    id: 'clamav',
    version: 1,
    layer: 'virus',
    formats: ['npm-tgz', 'wheel', 'sdist', 'deb', 'deb-source', 'rpm', 'apk'],
    wantsCopies: true,
    start: (job, signal) => startScan(address, job, signal),
    check: (signal) => checkClamd(address, signal),
  }
}

function startScan(address: ClamdAddress, job: ExamineJob, signal: AbortSignal): ExternalRun {
  const findings: Finding[] = []
  const open = new Set<Promise<void>>()
  let failure: unknown
  let current: { readonly file: number; readonly stream: ReturnType<typeof openClamdStream> } | undefined

  function track(path: string | undefined, reply: Promise<string>): void {
    const work = reply
      .then((text) => findings.push(...findingsOf(text, path)))
      .then(
        () => undefined,
        (thrown: unknown) => {
          failure ??= thrown
        },
      )
      .finally(() => open.delete(work))
    open.add(work)
  }

  track(undefined, scanFile(address, job.location, signal))

  return {
    async copy({ file, path, bytes, last }: CopyPiece) {
      if (failure !== undefined) throw failure
      if (current?.file !== file) {
        while (open.size >= PARALLEL) await Promise.race(open)
        current = { file, stream: openClamdStream(address, signal) }
      }
      const { stream } = current
      await stream.write(bytes)
      if (!last) return
      current = undefined
      track(path, stream.end())
    },
    async finish() {
      if (current !== undefined) throw new GatewayError('SCAN_INCOMPLETE', 'a file was copied only in part')
      while (open.size > 0) await Promise.race(open)
      if (failure !== undefined) throw failure
      return findings
    },
    async abandon() {
      current?.stream.close()
      await Promise.allSettled(open)
    },
  }
}

async function scanFile(address: ClamdAddress, location: string, signal: AbortSignal): Promise<string> {
  const stream = openClamdStream(address, signal)
  try {
    for await (const chunk of createReadStream(location, { highWaterMark: 256 * 1024, signal }))
      await stream.write(chunk)
    return await stream.end()
  } finally {
    stream.close()
  }
}

/** `stream: OK`, `stream: NAME FOUND`; anything else is no word about the file. */
function findingsOf(reply: string, path: string | undefined): Finding[] {
  const found = /^stream: (.{1,200}) FOUND$/.exec(reply)
  if (found === null) {
    if (reply === 'stream: OK') return []
    throw new GatewayError('SCAN_INCOMPLETE', `clamd answered ${JSON.stringify(reply.slice(0, 200))}`, {
      tool: 'clamav',
    })
  }
  return [
    {
      rule: 'virus-found',
      layer: 'virus',
      severity: 'critical',
      title: `ClamAV found ${found[1]}`,
      detail:
        path === undefined ? 'In the artifact as it was downloaded.' : 'In a file that our reader unpacked.',
      ...(path === undefined ? {} : { file: path }),
      remediation:
        'Do not install it. If it is a false alarm, report it to ClamAV and waive this rule for the artifact.',
    },
  ]
}

/** `ClamAV 1.4.6/27500/Mon Jan 5 ...`; without an official database there is neither number nor date. */
async function checkClamd(address: ClamdAddress, signal: AbortSignal): Promise<ToolState> {
  const place = 'path' in address ? address.path : `${address.host}:${address.port}`
  const [version = '', number, date] = (await askClamd(address, 'VERSION', signal)).split('/')
  const time = date === undefined ? Number.NaN : Date.parse(`${date} UTC`)
  return {
    version,
    place,
    ...(Number.isNaN(time) ? {} : { dataFrom: new Date(time).toISOString() }),
    note: number === undefined ? 'no official signatures: their age is unknown' : `signatures ${number}`,
  }
}
