import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { manifestFromObject } from '../../../runtime/manifest/index.ts'
import { memoryBook, type RunBook } from './run-book.ts'
import { Scheduler, type RunReport, type ScheduledAgent } from './scheduler.ts'
import { sqliteBook } from './sqlite-book.ts'
import { missedRuns, nextRun } from './times.ts'

const root = mkdtempSync(join(tmpdir(), 'mayfly-schedule-'))
let folders = 0

afterAll(() => rmSync(root, { recursive: true }))

const BERLIN = 'Europe/Berlin'

/** Times of a schedule as the clocks of Berlin show them. */
function local(cron: string, from: string, count: number): string[] {
  let at = Date.parse(from)
  return Array.from({ length: count }, () => {
    at = nextRun({ cron, timezone: BERLIN }, at) ?? Number.NaN
    return new Date(at).toLocaleString('en-GB', {
      timeZone: BERLIN,
      timeZoneName: 'short',
      day: '2-digit',
      month: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
    })
  })
}

describe('nextRun() in Europe/Berlin', () => {
  it('comes at the end of the gap when the clock goes forward, once', () => {
    expect(local('30 2 * * *', '2026-03-28T00:00Z', 3)).toEqual([
      '28/03, 02:30 CET',
      '29/03, 03:00 CEST',
      '30/03, 02:30 CEST',
    ])
    expect(local('*/30 * * * *', '2026-03-29T00:00Z', 3)).toEqual([
      '29/03, 01:30 CET',
      '29/03, 03:00 CEST',
      '29/03, 03:30 CEST',
    ])
  })

  it('comes once at a time that the clock shows twice, and in steps goes on', () => {
    expect(local('30 2 * * *', '2026-10-24T12:00Z', 2)).toEqual([
      '25/10, 02:30 CEST',
      '26/10, 02:30 CET',
    ])
    expect(local('*/30 * * * *', '2026-10-24T23:45Z', 5)).toEqual([
      '25/10, 02:00 CEST',
      '25/10, 02:30 CEST',
      '25/10, 02:00 CET',
      '25/10, 02:30 CET',
      '25/10, 03:00 CET',
    ])
  })

  it('is nothing for a day that no month has', () => {
    expect(nextRun({ cron: '0 0 31 2 *', timezone: 'UTC' }, 0)).toBeUndefined()
  })
})

describe('missedRuns()', () => {
  const hourly = { cron: '0 * * * *', timezone: 'UTC' }
  const HOUR = 3_600_000

  it('says exactly which', () => {
    expect(missedRuns(hourly, 0, HOUR - 1)).toBeUndefined()
    expect(missedRuns(hourly, 0, HOUR)).toEqual({ count: 1, first: HOUR, last: HOUR })
    expect(missedRuns(hourly, 0, 5.5 * HOUR)).toEqual({ count: 5, first: HOUR, last: 5 * HOUR })
  })

  it('counts to a bound, and knows the last of more', () => {
    const minutely = { cron: '* * * * *', timezone: 'UTC' }
    const year = 365 * 24 * HOUR
    expect(missedRuns(minutely, 0, year + 1)).toEqual({ count: 5000, first: 60_000, last: year })
  })
})

function agent(name = 'worker', cron = '*/5 * * * *', more: object = {}): ScheduledAgent {
  const manifest = manifestFromObject({ name, schedule: [{ cron }], limits: { deadlineMs: 1000 } })
  return { manifest, disabled: false, ...more }
}

const MINUTE = 60_000

/** A host whose clock is `clock.time`. */
function host(book: RunBook, clock: { time: number }) {
  const reports: RunReport[] = []
  const runs: [string, number][] = []
  const faults: unknown[] = []
  const work = { run: async (): Promise<void> => {} }
  const scheduler = new Scheduler({
    book,
    now: () => clock.time,
    run(key, time) {
      runs.push([key.agent, time])
      return work.run()
    },
    onRun: (report) => void reports.push(report),
    onFault: (error) => void faults.push(error),
  })
  return {
    scheduler,
    reports,
    runs,
    work,
    faults,
    at(time: number) {
      clock.time = time
      scheduler.look()
    },
  }
}

describe.each<[string, () => () => RunBook]>([
  [
    'memory',
    () => {
      const book = memoryBook()
      return () => book
    },
  ],
  [
    'sqlite',
    () => {
      const directory = join(root, String(++folders))
      return () => sqliteBook(directory)
    },
  ],
])('Scheduler over %s', (_, make) => {
  it('runs a schedule at its time, once, and not before', async () => {
    const { scheduler, runs, reports, at } = host(make()(), { time: 1 })
    scheduler.serve([agent()])
    at(5 * MINUTE - 1)
    expect(runs).toEqual([])
    at(5 * MINUTE)
    at(5 * MINUTE + 10)
    expect(runs).toEqual([['worker', 5 * MINUTE]])
    await scheduler.close()
    expect(reports).toMatchObject([{ state: 'completed', time: 5 * MINUTE, missed: 0 }])
  })

  it('is of one host, also when several look at the same moment', async () => {
    const open = make()
    const clock = { time: 1 }
    const hosts = [host(open(), clock), host(open(), clock)]
    for (const { scheduler } of hosts) scheduler.serve([agent()])
    for (const { at } of hosts) at(5 * MINUTE)
    for (const { at } of hosts) at(10 * MINUTE + 1)
    await Promise.all(hosts.map(({ scheduler }) => scheduler.close()))
    const times = hosts.flatMap(({ runs }) => runs.map(([, time]) => time))
    expect(times.toSorted((a, b) => a - b)).toEqual([5 * MINUTE, 10 * MINUTE])
  })

  it('makes up for what was missed with one run, and says how many', async () => {
    const open = make()
    const first = host(open(), { time: 1 })
    first.scheduler.serve([agent()])
    first.at(5 * MINUTE)
    await first.scheduler.close()
    const second = host(open(), { time: 31 * MINUTE })
    second.scheduler.serve([agent()])
    expect(second.runs).toEqual([['worker', 30 * MINUTE]])
    await second.scheduler.close()
    expect(second.reports).toMatchObject([{ time: 30 * MINUTE, missed: 4 }])
  })

  it('leaves a run out while the one before goes on, and after a host has died only until its deadline', async () => {
    const open = make()
    const first = host(open(), { time: 1 })
    let end = (): void => {}
    first.work.run = () => new Promise((resolve) => void (end = resolve))
    first.scheduler.serve([agent('worker', '* * * * *')])
    first.at(MINUTE)
    const other = host(open(), { time: MINUTE + 10_000 })
    other.scheduler.serve([agent('worker', '* * * * *')])
    // Its lease: the deadline of a second and a margin.
    first.at(MINUTE + 15_000)
    other.at(2 * MINUTE)
    expect(other.runs).toEqual([['worker', 2 * MINUTE]])
    end()
    await Promise.all([first.scheduler.close(), other.scheduler.close()])
  })

  it('reports a run that is left out', async () => {
    const { scheduler, work, runs, reports, at } = host(make()(), { time: 1 })
    let end = (): void => {}
    work.run = () => new Promise((resolve) => void (end = resolve))
    const slow = agent('worker', '* * * * *')
    const limits = { ...slow.manifest.limits, deadlineMs: 600_000 }
    scheduler.serve([{ ...slow, manifest: { ...slow.manifest, limits } }])
    at(MINUTE)
    at(2 * MINUTE)
    expect(runs).toHaveLength(1)
    expect(reports).toMatchObject([{ state: 'left out', time: 2 * MINUTE }])
    expect(scheduler.summaries()).toMatchObject([{ isRunning: true, nextAt: 3 * MINUTE }])
    end()
    await scheduler.close()
  })

  it('reports a run that fails, and does not repeat it', async () => {
    const { scheduler, work, runs, reports, at } = host(make()(), { time: 1 })
    work.run = () => Promise.reject(new Error('no time'))
    scheduler.serve([agent()])
    at(5 * MINUTE)
    at(6 * MINUTE)
    expect(runs).toHaveLength(1)
    await scheduler.close()
    expect(reports).toMatchObject([{ state: 'failed', reason: 'no time' }])
  })

  it('runs nothing for an agent that is disabled, and has missed nothing when its schedule comes back', async () => {
    const { scheduler, runs, at } = host(make()(), { time: 1 })
    scheduler.serve([agent('worker', '*/5 * * * *', { disabled: true })])
    at(5 * MINUTE)
    expect(scheduler.summaries()).toMatchObject([{ isRunning: false }])
    expect(scheduler.summaries()[0]).not.toHaveProperty('nextAt')
    scheduler.serve([{ ...agent(), manifest: manifestFromObject({ name: 'worker' }) }])
    at(20 * MINUTE)
    scheduler.serve([agent()])
    expect(runs).toEqual([])
    at(25 * MINUTE)
    expect(runs).toEqual([['worker', 25 * MINUTE]])
    await scheduler.close()
  })

  it('runs one now', async () => {
    const { scheduler, runs } = host(make()(), { time: 7 })
    scheduler.serve([agent()])
    expect(await scheduler.runNow('worker')).toMatchObject({ state: 'completed', time: 7 })
    expect(await scheduler.runNow('worker', '*/5 * * * *')).toBeDefined()
    expect(await scheduler.runNow('worker', '1 1 1 1 1')).toBeUndefined()
    expect(await scheduler.runNow('other')).toBeUndefined()
    expect(runs).toHaveLength(2)
    await scheduler.close()
  })
})

it('a host without schedules makes no file', async () => {
  const directory = join(root, String(++folders))
  const { scheduler, faults } = host(sqliteBook(directory), { time: 0 })
  scheduler.serve([{ ...agent(), manifest: manifestFromObject({ name: 'worker' }) }])
  await scheduler.close()
  expect(faults).toEqual([])
  expect(() => readdirSync(directory)).toThrow('ENOENT')
})
