/** jco: `instantiate()` for each request, of the component its own JavaScript toolchain builds. @module */
import { HANDLE, onComponentizeQjs } from '../suites/agents/subjects/components.ts'
import type { Answer, Contender } from './contender.ts'
import { jco, jcoFunction } from './jco.ts'

export const jcoInstantiate: Contender = {
  name: 'jco instantiate',
  isolation: 'new instances',
  async open(source) {
    const component = await onComponentizeQjs(source)
    const instantiate = await jco(component, { asyncExports: [HANDLE] })
    return {
      // `handle` of wit/.
      answer: (request) => jcoFunction(instantiate(), HANDLE)(request) as Promise<Answer>,
    }
  },
}
