/** @module */
import { manifestFromObject } from '../../manifest/index.ts'
import { Invocation } from '../invocation.ts'
import { NOT_SHARED } from './not-shared.ts'

/** An invocation of agent `a` without a runtime, for tests. It may take as long as it likes. */
export function bareInvocation(): Invocation {
  return new Invocation({
    agent: 'a',
    id: '1',
    startedAt: 0,
    deadlineAt: Infinity,
    fuel: Infinity,
    budgets: manifestFromObject({ name: 'a', component: 'a.wasm' }).limits,
    caller: 'embedder',
    callerBudget: undefined,
    shared: NOT_SHARED,
    parent: undefined,
    granted: undefined,
    blobs: undefined,
  })
}
