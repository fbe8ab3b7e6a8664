// Metrics: own registry, plain exposition.
import { expect, it } from 'vitest'
import { createMetrics } from '../../src/telemetry/metrics.ts'

it('counts per gateway, not per process', async () => {
  const [one, other] = [createMetrics('1.0.0'), createMetrics('1.0.0')]
  one.decision({ repository: 'npm', type: 'npm', outcome: 'blocked', seconds: 0.3 })
  one.gauge('queue_length', 'Artifacts that wait.', () => 7)
  const { contentType, text } = await one.expose()
  expect(contentType).toContain('text/plain')
  expect(text).toContain('sallyport_decisions_total{repository="npm",type="npm",outcome="blocked"} 1')
  expect(text).toContain('sallyport_queue_length 7')
  expect((await other.expose()).text).not.toContain('outcome="blocked"')
})
