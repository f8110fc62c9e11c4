/**
 * Calls agents when the times of their schedules have come.
 *
 * - One host gets each run: the book decides, which hosts of one machine share.
 * - A run whose agent is still at the one before is left out, and reported.
 * - Runs that were missed, while no host ran or this one slept, are made up by one run, for the last of them.
 * - A run that fails is reported, and not repeated: the next one comes by itself.
 *
 * @module
 */

import type { Manifest, Schedule } from '../../../runtime/manifest/index.ts'
import type { RunBook, ScheduleKey } from './run-book.ts'
import { missedRuns, nextRun } from './times.ts'

/** The used part of an agent. */
export interface ScheduledAgent {
  readonly manifest: Pick<Manifest, 'name' | 'schedule' | 'limits'>
  readonly disabled: boolean
}

/** What became of a run. Times are milliseconds since 1970. */
export interface RunReport extends ScheduleKey {
  readonly time: number
  readonly state: 'completed' | 'failed' | 'left out'
  /** Absent for a run that was completed. */
  readonly reason?: string
  /** Runs before it that no host has made: it makes up for them. */
  readonly missed: number
  readonly tookMs: number
}

/** A schedule as an operator sees it. */
export interface ScheduleSummary extends ScheduleKey {
  /** Absent when it never comes, or the agent is disabled. */
  readonly nextAt?: number
  readonly isRunning: boolean
  /** Since this host has started. */
  readonly last?: Omit<RunReport, keyof ScheduleKey>
}

export interface SchedulerOptions {
  readonly book: RunBook
  /** Calls the agent. Rejects when the run fails. */
  readonly run: (key: ScheduleKey, time: number) => Promise<void>
  readonly onRun: (report: RunReport) => void
  /** Called when the book fails. The schedule is looked at again. */
  readonly onFault: (error: unknown) => void
  /**
   * Milliseconds since 1970. A test passes its own.
   *
   * @default Date.now
   */
  readonly now?: () => number
}

// The clock may be set, and a machine may sleep: timers do not notice. A schedule is looked at that often.
const LOOK_MS = 30_000
// A run may go on after its deadline only while its host stops it.
const MARGIN_MS = 15_000

export class Scheduler {
  readonly #options: SchedulerOptions
  readonly #now: () => number
  readonly #last = new Map<string, RunReport>()
  readonly #running = new Set<Promise<void>>()
  #agents: readonly ScheduledAgent[] = []
  #timer: NodeJS.Timeout | undefined
  #isClosed = false

  constructor(options: SchedulerOptions) {
    this.#options = options
    this.#now = options.now ?? Date.now
  }

  /** Keeps to the schedules of `agents`, and to no others from now on. */
  serve(agents: readonly ScheduledAgent[]): void {
    if (this.#isClosed) return
    const before = new Set(this.#agents.map(({ manifest }) => manifest.name))
    this.#agents = agents
    try {
      for (const { manifest } of agents) {
        const { name, schedule = [] } = manifest
        if (schedule.length > 0 || before.has(name)) this.#options.book.keepOnly(name, schedule)
      }
    } catch (error) {
      this.#options.onFault(error)
    }
    this.look()
  }

  /** Begins the runs whose times have come. It is called by a timer; a test calls it itself. */
  look(): void {
    clearTimeout(this.#timer)
    if (this.#isClosed) return
    const now = this.#now()
    let next = now + LOOK_MS
    let hasSchedule = false
    for (const { key, agent } of this.#keys()) {
      hasSchedule = true
      if (agent.disabled) continue
      try {
        next = Math.min(next, this.#begin(key, agent, now) ?? next)
      } catch (error) {
        this.#options.onFault(error)
      }
    }
    if (hasSchedule) this.#timer = setTimeout(() => this.look(), Math.max(0, next - now)).unref()
  }

  summaries(): ScheduleSummary[] {
    const now = this.#now()
    return this.#keys().map(({ key, agent }) => {
      const { last, runningUntil } = this.#options.book.state(key, now)
      const nextAt = agent.disabled ? undefined : nextRun(key, Math.max(last, now))
      const { agent: _, cron: __, timezone: ___, ...report } = this.#last.get(nameOf(key)) ?? {}
      return {
        ...key,
        ...(nextAt === undefined ? {} : { nextAt }),
        isRunning: runningUntil > now,
        // All its fields are there, or none.
        ...('time' in report ? { last: report as Omit<RunReport, keyof ScheduleKey> } : {}),
      }
    })
  }

  /**
   * Runs a schedule of an agent now, whether or not its time has come, and beside a run that goes on. Returns nothing when
   * there is no such schedule.
   *
   * @param cron - by default the first
   */
  async runNow(agent: string, cron?: string): Promise<RunReport | undefined> {
    const found = this.#keys().find(
      ({ key }) => key.agent === agent && (cron === undefined || key.cron === cron),
    )
    return found && this.#run(found.key, this.#now(), 0)
  }

  /** Begins no further run, and resolves when those under way have ended. */
  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#timer)
    await Promise.all(this.#running)
    this.#options.book[Symbol.dispose]()
  }

  /** Returns the time of the next run. */
  #begin(key: ScheduleKey, agent: ScheduledAgent, now: number): number | undefined {
    const { book } = this.#options
    const { last } = book.state(key, now)
    const due = missedRuns(key, last, now)
    if (due === undefined) return nextRun(key, now)
    const time = due.last
    const untilMs = now + agent.manifest.limits.deadlineMs + MARGIN_MS
    const taken = book.take(key, time, now, untilMs)
    if (taken === 'running') this.#report(leftOut(key, time, due.count - 1))
    if (taken === 'taken') {
      const run = this.#run(key, time, due.count - 1)
        .then(() => book.end(key))
        .catch((error: unknown) => this.#options.onFault(error))
      this.#running.add(run)
      void run.then(() => this.#running.delete(run))
    }
    return nextRun(key, now)
  }

  async #run(key: ScheduleKey, time: number, missed: number): Promise<RunReport> {
    const startedAt = performance.now()
    let reason: string | undefined
    try {
      await this.#options.run(key, time)
    } catch (error) {
      reason = error instanceof Error ? error.message : String(error)
    }
    const tookMs = performance.now() - startedAt
    const state = reason === undefined ? 'completed' : 'failed'
    return this.#report({
      ...key,
      time,
      state,
      ...(reason === undefined ? {} : { reason }),
      missed,
      tookMs,
    })
  }

  #report(report: RunReport): RunReport {
    this.#last.set(nameOf(report), report)
    this.#options.onRun(report)
    return report
  }

  #keys(): { readonly key: ScheduleKey; readonly agent: ScheduledAgent }[] {
    return this.#agents.flatMap((agent) =>
      (agent.manifest.schedule ?? []).map((schedule: Schedule) => ({
        key: { agent: agent.manifest.name, ...schedule },
        agent,
      })),
    )
  }
}

function leftOut(key: ScheduleKey, time: number, missed: number): RunReport {
  const reason = 'the run before goes on'
  return { ...key, time, state: 'left out', reason, missed, tookMs: 0 }
}

function nameOf({ agent, cron, timezone }: ScheduleKey): string {
  return [agent, cron, timezone].join('\n')
}
