// Prometheus metrics in a registry of their own, so that two gateways in one process do not share counts.
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { RequestSample } from '../model/request.ts'

export interface DecisionSample {
  readonly repository: string
  readonly type: string
  readonly outcome: string
  readonly seconds: number
}

export interface FeedSample {
  readonly name: string
  readonly records: number
  /** Absent: never imported. */
  readonly ageMs?: number
  readonly stale: boolean
}

export interface Metrics {
  request(sample: RequestSample): void
  decision(sample: DecisionSample): void
  indexRead(repository: string, seconds: number): void
  refreshFailed(repository: string, code: string): void
  examinationFailed(repository: string, code: string): void
  feedUpdated(feed: string, outcome: string): void
  /** Age, records and staleness of each feed, read when somebody asks. */
  feeds(read: () => readonly FeedSample[]): void
  /** A value that is read when somebody asks: queue length, cache bytes. */
  gauge(name: string, help: string, read: () => number): void
  expose(): Promise<{ contentType: string; text: string }>
}

const REQUEST_BUCKETS = [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10, 60]
const EXAMINATION_BUCKETS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60]

export function createMetrics(version: string): Metrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry, prefix: 'sallyport_' })
  const counter = <T extends string>(name: string, help: string, labelNames: readonly T[]) =>
    new Counter({ name: `sallyport_${name}`, help, labelNames, registers })
  const histogram = <T extends string>(
    name: string,
    help: string,
    labelNames: readonly T[],
    buckets: number[],
  ) => new Histogram({ name: `sallyport_${name}`, help, labelNames, buckets, registers })

  const build = {
    name: 'sallyport_build_info',
    help: 'Version of the gateway.',
    labelNames: ['version'],
    registers,
  }
  new Gauge(build).set({ version }, 1)
  const requests = counter('requests_total', 'Answers given.', ['repository', 'kind', 'status'])
  const requestSeconds = histogram('request_seconds', 'Time to an answer.', ['kind'], REQUEST_BUCKETS)
  const decisions = counter('decisions_total', 'Verdicts made.', ['repository', 'type', 'outcome'])
  const decisionSeconds = histogram(
    'decision_seconds',
    'From the first request of an artifact to its verdict.',
    ['type'],
    EXAMINATION_BUCKETS,
  )
  const indexSeconds = histogram('index_read_seconds', 'To read an index.', ['repository'], REQUEST_BUCKETS)
  const refreshes = counter('index_refresh_failures_total', 'Indexes not refreshed.', ['repository', 'code'])
  const examinations = counter('examination_failures_total', 'Artifacts not examined.', [
    'repository',
    'code',
  ])

  const feedUpdates = counter('feed_updates_total', 'Feeds asked for news.', ['feed', 'outcome'])
  const feedGauge = (name: string, help: string, read: () => [feed: string, value: number][]) =>
    new Gauge({
      name: `sallyport_feed_${name}`,
      help,
      labelNames: ['feed'],
      registers,
      collect() {
        this.reset()
        for (const [feed, value] of read()) this.set({ feed }, value)
      },
    })

  return {
    request({ repository, kind, status, seconds }) {
      requests.inc({ repository, kind, status })
      requestSeconds.observe({ kind }, seconds)
    },
    decision({ repository, type, outcome, seconds }) {
      decisions.inc({ repository, type, outcome })
      decisionSeconds.observe({ type }, seconds)
    },
    indexRead: (repository, seconds) => indexSeconds.observe({ repository }, seconds),
    refreshFailed: (repository, code) => refreshes.inc({ repository, code }),
    examinationFailed: (repository, code) => examinations.inc({ repository, code }),
    feedUpdated: (feed, outcome) => feedUpdates.inc({ feed, outcome }),
    feeds(read) {
      feedGauge('records', 'Advisories in force.', () => read().map(({ name, records }) => [name, records]))
      feedGauge('stale', 'Whether it is older than allowed.', () =>
        read().map(({ name, stale }) => [name, stale ? 1 : 0]),
      )
      feedGauge('age_seconds', 'Since its source last answered, or the age of its file.', () =>
        read().flatMap(({ name, ageMs }) => (ageMs === undefined ? [] : [[name, ageMs / 1000]])),
      )
    },
    gauge(name, help, read) {
      new Gauge({
        name: `sallyport_${name}`,
        help,
        registers,
        collect() {
          this.set(read())
        },
      })
    },
    expose: async () => ({ contentType: registry.contentType, text: await registry.metrics() }),
  }
}
