/** What calls agents beside requests, for the control plane of this host. @module */

import type { QueueAddress } from '../../../runtime/capabilities/queue/index.ts'
import type { AuditSink } from '../../../runtime/audit/index.ts'
import type { Order, QueueKeeper, ScheduleKeeper, ScheduleRun } from '../../control/index.ts'
import { sqliteQueue } from '../../drivers/sqlite-queue/index.ts'
import type { HostedAgent } from '../../registry/index.ts'
import {
  memoryBook,
  Scheduler,
  sqliteBook,
  type RunReport,
  type ScheduleKey,
} from '../../triggers/schedule/index.ts'
import type { Logger } from './logger.ts'

export interface HostTriggersOptions {
  /** Absent for a host that keeps nothing. */
  readonly directory: string | undefined
  readonly agents: () => readonly HostedAgent[]
  /** Has a worker call the agent. */
  readonly run: (key: ScheduleKey, time: number) => Promise<void>
  readonly logger: Logger
  readonly audit: AuditSink | undefined
}

export interface HostTriggers {
  readonly schedules: ScheduleKeeper
  readonly queues: QueueKeeper | undefined
  /** Keeps to the schedules of the agents that are served now. */
  serve(): void
  /** Begins no further run, and resolves when those under way have ended. */
  close(): Promise<void>
}

// Of a body, for a person: enough to recognise a message by.
const PREVIEW_BYTES = 512

export function hostTriggers(options: HostTriggersOptions): HostTriggers {
  const { directory, agents, run, logger, audit } = options
  const scheduler = new Scheduler({
    book: directory === undefined ? memoryBook() : sqliteBook(directory),
    run,
    onRun(report) {
      logRun(logger, report)
      const { agent, cron: target, state: outcome, tookMs: durationMs, missed: count } = report
      audit?.append({ kind: 'schedule', agent, target, outcome, durationMs, count })
    },
    onFault: (error) =>
      logger.error({ event: 'schedule', error: String(error) }, 'Schedules cannot be kept'),
  })
  return {
    schedules: {
      list: () =>
        scheduler.summaries().map(({ nextAt, last, ...summary }) => ({
          ...summary,
          ...(nextAt === undefined ? {} : { nextAt: iso(nextAt) }),
          ...(last === undefined ? {} : { last: toRun(last) }),
        })),
      async run(agent, cron) {
        const report = await scheduler.runNow(agent, cron)
        return report && toRun(report)
      },
    },
    queues: directory === undefined ? undefined : queueKeeper(directory, agents, audit),
    serve: () => scheduler.serve(agents()),
    close: () => scheduler.close(),
  }
}

function queueKeeper(
  directory: string,
  agents: HostTriggersOptions['agents'],
  audit: AuditSink | undefined,
): QueueKeeper {
  const driver = sqliteQueue({ directory })
  const consumed = (): QueueAddress[] =>
    agents().flatMap(({ manifest: { name: agent, consumes = {} } }) =>
      Object.keys(consumes).map((queue) => ({ agent, queue })),
    )
  const noted = (action: string, of: QueueAddress, changed: number, { caller }: Order) => {
    const { agent, queue } = of
    audit?.append({ kind: 'letter', agent, target: queue, action, caller, count: changed })
    return { agent, queue, changed }
  }
  return {
    async list() {
      const known = consumed()
      const isSame = (one: QueueAddress) => (other: QueueAddress) =>
        one.agent === other.agent && one.queue === other.queue
      const kept = await driver.list()
      const empty = known.filter((each) => !kept.some(isSame(each)))
      return [
        ...kept.map(({ oldest, ...counts }) => ({
          ...counts,
          ...(oldest === undefined ? {} : { oldest: iso(oldest) }),
          isConsumed: known.some(isSame(counts)),
        })),
        ...empty.map((each) => ({ ...each, ...NO_MESSAGES, isConsumed: true })),
      ].toSorted((a, b) => (`${a.agent}/${a.queue}` < `${b.agent}/${b.queue}` ? -1 : 1))
    },
    async peek(agent, queue, state, limit) {
      const messages = await driver.peek({ agent, queue }, state, limit)
      return messages.map(({ body, sentAt, at, reason, contentType, ...message }) => ({
        ...message,
        sentAt: iso(sentAt),
        at: iso(at),
        ...(reason === undefined ? {} : { reason }),
        ...(contentType === undefined ? {} : { contentType }),
        bytes: body.length,
        preview: new TextDecoder().decode(body.subarray(0, PREVIEW_BYTES)),
      }))
    },
    async retry(agent, queue, ids, order) {
      const of = { agent, queue }
      return noted('retry', of, await driver.revive(of, ids), order)
    },
    async drop(agent, queue, ids, order) {
      const of = { agent, queue }
      return noted('drop', of, await driver.discard(of, ids), order)
    },
  }
}

const NO_MESSAGES = { waiting: 0, leased: 0, dead: 0, bytes: 0 }

function toRun<Report extends Pick<RunReport, 'time'>>({
  time,
  ...report
}: Report): Omit<Report, 'time'> & Pick<ScheduleRun, 'at'> {
  return { ...report, at: iso(time) }
}

function logRun(logger: Logger, { state, reason, time, ...facts }: RunReport): void {
  const line = { event: 'schedule', ...facts, at: iso(time), state, reason }
  if (state === 'completed') logger.info(line)
  else if (state === 'left out') logger.warn(line, 'Run left out')
  else logger.error(line, 'Run failed')
}

function iso(ms: number): string {
  return new Date(ms).toISOString()
}
