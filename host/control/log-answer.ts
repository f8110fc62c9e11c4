/** Log lines of the control plane: who changed something, and what a token was refused. @module */

import type { Context } from 'hono'
import { callerOf, isKnown, type Principal } from './access/index.ts'

export interface ControlLine {
  /** `control`, or `token:` and a name. */
  readonly caller: string
  readonly method: string
  /** Without the query. */
  readonly path: string
  readonly status: number
  /** The id of the request; empty on `control.sock` and `--control-port`. */
  readonly id: string
}

/** Takes lines. It must not throw. */
export type ControlLog = (line: ControlLine) => void

const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD'])

/** Logs the request that `context` has answered, unless it only looked and was allowed to, or no client of ours sent it. */
export function logAnswer(log: ControlLog, { req, res }: Context, principal: Principal): void {
  if (!isKnown(principal)) return
  if (SAFE_METHODS.has(req.method) && res.status !== 403) return
  log({
    caller: callerOf(principal),
    method: req.method,
    path: req.path,
    status: res.status,
    id: req.header('x-request-id') ?? '',
  })
}
