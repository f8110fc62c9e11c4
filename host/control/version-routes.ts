/** `/-/agents/NAME/versions`, `diff` and `rollback`: versions that were served before. @module */

import { MayflyError } from '../../runtime/errors/index.ts'
import { answering } from './answering.ts'
import type { DeployResult } from './contract.ts'
import type { HostState } from './host.ts'
import { orderOf, requireAction } from './order.ts'
import { refuse } from './refuse.ts'
import { isAllowingNew, noAgent, type Exchange, type Routes } from './routes.ts'
import type { RollbackRequest, VersionDiff, VersionList } from './version-contract.ts'

export const VERSION_ROUTES: Routes<HostState> = {
  '/-/agents/:name/versions': {
    GET: {
      needs: 'read',
      of: 'agent',
      async answer(exchange, { versions }) {
        const { agent } = exchange
        const kept = await versions?.versions(agent)
        return kept === undefined
          ? noAgent(exchange)
          : exchange.context.json<VersionList>({ agent, versions: kept })
      },
    },
  },
  '/-/agents/:name/diff': {
    GET: {
      needs: 'read',
      of: 'agent',
      answer: (exchange, { versions }) =>
        answering(exchange.context, () => {
          const { context, agent } = exchange
          const [from, to] = [context.req.query('from'), context.req.query('to')]
          if (!from || !to) return refuse(context, 400, '"from" and "to" have to name versions')
          const diff = versions?.diff(agent, from, to)
          return diff === undefined ? noAgent(exchange) : context.json<VersionDiff>(diff)
        }),
    },
  },
  '/-/agents/:name/rollback': {
    POST: {
      needs: 'operate',
      // Who may deploy could deploy that version.
      or: 'deploy',
      of: 'agent',
      answer: (exchange, { change }) =>
        answering(exchange.context, async () => {
          const { context, principal, agent } = exchange
          const allowNew = isAllowingNew(exchange)
          if (allowNew) requireAction(principal, agent, 'approve')
          const options = { ...(await rollbackIn(exchange)), allowNew }
          const result = await change.rollBack(agent, options, orderOf(principal))
          return result === undefined ? noAgent(exchange) : context.json<DeployResult>(result)
        }),
    },
  },
}

/**
 * A body that is not understood is no order to roll back to the version before.
 *
 * @throws {MayflyError} ERR_USAGE
 */
async function rollbackIn({ context, agent }: Exchange): Promise<RollbackRequest> {
  const text = await context.req.text()
  if (text.trim() === '') return {}
  const body = parsed(text)
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) {
    const { to, ...others }: Readonly<Record<string, unknown>> = { ...body }
    const isKnown = Object.keys(others).length === 0
    if (isKnown && to === undefined) return {}
    if (isKnown && typeof to === 'string' && to !== '') return { to }
  }
  throw new MayflyError(
    'ERR_USAGE',
    `Cannot roll back agent "${agent}": the body is no { "to": "VERSION" }`,
    { hint: 'Send the beginning of a revision as "to", or no body for the version before' },
  )
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
