import { expect, it } from 'vitest'
import { createMetrics } from './metrics.ts'

it('counts answers and rounds, and reads gauges when it is asked', async () => {
  const metrics = createMetrics({ ofProcess: false })
  metrics.request({ method: 'POST', route: '/a/:id', status: 200, seconds: 0.003 })
  metrics.request({ method: 'POST', route: '/a/:id', status: 409, reason: 'superseded', seconds: 0.3 })
  metrics.worker('mail', { ok: true, seconds: 0.01, endedAt: 1_772_366_400_000 })
  metrics.worker('mail', { ok: false, seconds: 0.01, endedAt: 1_772_366_500_000 })
  let value = 1
  metrics.watch({ name: 'regulars_x', help: 'x', labels: ['side'], read: () => [{ labels: { side: 'left' }, value: value++ }] })
  expect(await metrics.render()).toContain('regulars_x{side="left"} 1')
  const text = await metrics.render()
  for (const line of [
    'regulars_x{side="left"} 2',
    'regulars_http_requests_total{method="POST",route="/a/:id",status="409",reason="superseded"} 1',
    'regulars_http_request_duration_seconds_bucket{le="0.005",method="POST",route="/a/:id"} 1',
    'regulars_worker_rounds_total{worker="mail",outcome="failed"} 1',
    'regulars_worker_last_success_timestamp_seconds{worker="mail"} 1772366400',
    'regulars_build_info{version=',
  ]) {
    expect(text).toContain(line)
  }
})

it('leaves out what cannot be read, says so, and gives the rest', async () => {
  const metrics = createMetrics({ ofProcess: false })
  metrics.watch({ name: 'regulars_gone', help: 'x', read: () => Promise.reject(new Error('the database is away')) })
  metrics.watch({ name: 'regulars_there', help: 'x', read: () => [{ value: 7 }] })
  await metrics.render()
  const text = await metrics.render()
  expect(text).not.toMatch(/^regulars_gone/m)
  expect(text).toContain('regulars_there 7')
  expect(text).toMatch(/regulars_metrics_failures_total\{gauge="regulars_gone"\} [12]/)
})
