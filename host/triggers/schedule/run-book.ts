/**
 * The contract of what remembers runs, for all hosts that share it: of each time one host gets the run.
 *
 * @module
 */

import type { Schedule } from '../../../runtime/manifest/index.ts'

/** A schedule of an agent. */
export interface ScheduleKey extends Schedule {
  readonly agent: string
}

/** What is remembered of a schedule. All times are milliseconds since 1970. */
export interface ScheduleState {
  /** The time that the last run was for, or since when the schedule is known. */
  readonly last: number
  /** Until when the run that was begun last may go on; 0 when it has ended. */
  readonly runningUntil: number
}

/** Whether a host gets a run. */
export type TakenRun = 'taken' | 'running' | 'gone'

export interface RunBook extends Disposable {
  /** What is remembered. A schedule that is new is known from `now` on, and has missed nothing. */
  state(key: ScheduleKey, now: number): ScheduleState
  /**
   * Takes the run for `time`, until `untilMs` at most. `running`: the run before goes on, and this one is left out by it.
   * `gone`: another host has taken it, or left it out.
   */
  take(key: ScheduleKey, time: number, now: number, untilMs: number): TakenRun
  /** The run has ended. */
  end(key: ScheduleKey): void
  /** Forgets schedules of agents that have these no more: one that comes back has missed nothing. */
  keepOnly(agent: string, schedules: readonly Schedule[]): void
}

/** For a host that keeps nothing. */
export function memoryBook(): RunBook {
  const states = new Map<string, ScheduleState>()
  const nameOf = ({ agent, cron, timezone }: ScheduleKey): string =>
    [agent, cron, timezone].join('\n')
  return {
    state(key, now) {
      const known = states.get(nameOf(key)) ?? { last: now, runningUntil: 0 }
      states.set(nameOf(key), known)
      return known
    },
    take(key, time, now, untilMs) {
      const { last, runningUntil } = this.state(key, now)
      if (last >= time) return 'gone'
      const isRunning = runningUntil > now
      states.set(nameOf(key), { last: time, runningUntil: isRunning ? runningUntil : untilMs })
      return isRunning ? 'running' : 'taken'
    },
    end(key) {
      const known = states.get(nameOf(key))
      if (known !== undefined) states.set(nameOf(key), { ...known, runningUntil: 0 })
    },
    keepOnly(agent, schedules) {
      const kept = new Set(schedules.map((schedule) => nameOf({ agent, ...schedule })))
      for (const name of states.keys())
        if (name.startsWith(`${agent}\n`) && !kept.has(name)) states.delete(name)
    },
    [Symbol.dispose]() {},
  }
}
