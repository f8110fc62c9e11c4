/**
 * On whose behalf agents are changed: the operator, or the holder of a token, who may serve only some versions.
 *
 * @module
 */

import type { Manifest } from '../../runtime/manifest/index.ts'
import {
  callerOf,
  denialOf,
  type Action,
  type Denial,
  type Principal,
  type TokenScope,
} from './access/index.ts'
import type { CheckOptions, Order } from './host.ts'

/** The sender of a request may not do what it asks for. */
export class NotPermitted extends Error {
  override readonly name = 'NotPermitted'
  readonly denial: Denial

  constructor(denial: Denial) {
    super(denial.reasons.join('; '))
    this.denial = denial
  }
}

/**
 * Requires an action beyond the one that a route needs.
 *
 * @throws {NotPermitted}
 */
export function requireAction(principal: Principal, agent: string, action: Action): void {
  const denial = denialOf(principal, { actions: [action], of: { agent } })
  if (denial !== undefined) throw new NotPermitted(denial)
}

export function orderOf(principal: Principal): Order {
  const caller = callerOf(principal)
  if (principal.state !== 'token') return { caller }
  const { token } = principal
  const { name, tenant, can } = token
  return {
    caller,
    token: {
      deployer: { token: name, ...(tenant === undefined ? {} : { tenant }) },
      mayApprove: can.includes('approve'),
      check: (manifest, options) => checkVersion(token, manifest, options),
    },
  }
}

/** What an agent takes for itself: paths beside other agents, and names that are its own. */
interface Taken {
  readonly route?: string | false
  readonly hosts?: readonly string[]
}

/** @throws {NotPermitted} with every reason */
function checkVersion(
  token: TokenScope,
  manifest: Manifest,
  { allowNew, addsTools = false }: CheckOptions,
): void {
  const { route, hosts = [] }: Taken = manifest
  const tools = Object.values(manifest.capabilities.tools ?? {}).map(({ agent }) => agent)
  const denial = denialOf(
    { state: 'token', token },
    {
      // Whether it may deploy, or roll back, was decided before.
      actions: allowNew ? ['approve'] : [],
      of: { agent: manifest.name },
      routes: typeof route === 'string' ? [route] : [],
      hosts,
      // It could call them no other way.
      tools: addsTools ? tools : [],
    },
  )
  if (denial !== undefined) throw new NotPermitted(denial)
}
