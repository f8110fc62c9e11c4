/** Ourselves: a slot stamped for each request. @module */
import { Runtime } from '../../runtime/presets/index.ts'
import { HANDLE, onQuickJs } from '../suites/agents/subjects/components.ts'
import type { Answer, Contender } from './contender.ts'

export const mayfly: Contender = {
  name: 'mayfly',
  isolation: 'a stamped slot',
  async open(source) {
    const component = await onQuickJs(source)
    const agent = await new Runtime().load({ component, manifest: { name: 'subject' } })
    // `handle` of wit/.
    return { answer: (request) => agent.call(HANDLE, [request]) as Promise<Answer> }
  },
}
