/** `/-/schedules` and `/-/queues`: what calls agents beside requests. @module */

import { isSeen } from './access/index.ts'
import { answering } from './answering.ts'
import type {
  MessageList,
  MessageState,
  QueueChange,
  QueueList,
  ScheduleList,
  ScheduleRun,
} from './trigger-contract.ts'
import type { HostState, QueueKeeper } from './host.ts'
import { orderOf } from './order.ts'
import { refuse } from './refuse.ts'
import type { Exchange, Route, Routes } from './routes.ts'

const MESSAGE_STATES: readonly MessageState[] = ['waiting', 'leased', 'dead']
const MAX_MESSAGES = 100

export const TRIGGER_ROUTES: Routes<HostState> = {
  '/-/schedules': {
    GET: {
      needs: 'read',
      of: 'agents',
      answer({ context, principal }, { schedules }) {
        const all = schedules?.list() ?? []
        const seen = all.filter(({ agent }) => isSeen(principal, agent))
        return context.json<ScheduleList>({ schedules: seen })
      },
    },
  },
  '/-/agents/:name/run': {
    POST: {
      needs: 'operate',
      of: 'agent',
      answer: ({ context, principal, agent }, { schedules }) =>
        answering(context, async () => {
          const { cron } = (await fieldsOf(context)) as { cron?: unknown }
          if (cron !== undefined && typeof cron !== 'string')
            return refuse(context, 400, '"cron" has to be a text')
          const run = await schedules?.run(agent, cron, orderOf(principal))
          return run === undefined
            ? refuse(context, 404, `agent "${agent}" has no such schedule`)
            : context.json<ScheduleRun>(run)
        }),
    },
  },
  '/-/queues': {
    GET: {
      needs: 'read',
      of: 'agents',
      answer: ({ context, principal }, { queues }) =>
        answering(context, async () => {
          if (queues === undefined) return inMemory(context)
          const all = await queues.list()
          const seen = all.filter(({ agent }) => isSeen(principal, agent))
          return context.json<QueueList>({ queues: seen })
        }),
    },
  },
  '/-/agents/:name/queues/:queue': {
    GET: {
      // Messages are what agents say to each other, and no facts about them.
      needs: 'operate',
      of: 'agent',
      answer: ({ context, agent }, { queues }) =>
        answering(context, async () => {
          if (queues === undefined) return inMemory(context)
          const asked = context.req.query('state') ?? 'dead'
          const state = MESSAGE_STATES.find((known) => known === asked)
          const limit = Number(context.req.query('limit') ?? 10)
          if (state === undefined)
            return refuse(context, 400, `"state" has to be one of ${MESSAGE_STATES.join(', ')}`)
          if (!Number.isInteger(limit) || limit < 1 || limit > MAX_MESSAGES)
            return refuse(context, 400, `"limit" has to be 1 to ${MAX_MESSAGES}`)
          const messages = await queues.peek(agent, queueOf(context), state, limit)
          return context.json<MessageList>({ messages })
        }),
    },
  },
  '/-/agents/:name/queues/:queue/retry': { POST: change('retry') },
  '/-/agents/:name/queues/:queue/drop': { POST: change('drop') },
}

function change(action: 'retry' | 'drop'): Route<HostState> {
  return {
    needs: 'operate',
    of: 'agent',
    answer: ({ context, principal, agent }, { queues }) =>
      answering(context, async () => {
        if (queues === undefined) return inMemory(context)
        const { ids } = (await fieldsOf(context)) as { ids?: unknown }
        if (ids !== undefined && !isTexts(ids))
          return refuse(context, 400, '"ids" has to be a list of ids of messages')
        return context.json<QueueChange>(
          await carryOut(queues, action, [agent, queueOf(context), ids, orderOf(principal)]),
        )
      }),
  }
}

function carryOut(
  queues: QueueKeeper,
  action: 'retry' | 'drop',
  given: Parameters<QueueKeeper['retry']>,
): Promise<QueueChange> {
  return action === 'retry' ? queues.retry(...given) : queues.drop(...given)
}

function inMemory(context: Exchange['context']): Response {
  return refuse(context, 404, 'queues are in the memory of each worker: give the host a --data')
}

function queueOf(context: Exchange['context']): string {
  return context.req.param('queue') ?? ''
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string')
}

/** Nothing when there is no body, or it is no object of JSON. */
async function fieldsOf(context: Exchange['context']): Promise<object> {
  try {
    const body: unknown = JSON.parse(await context.req.text())
    return typeof body === 'object' && body !== null ? body : {}
  } catch {
    return {}
  }
}
