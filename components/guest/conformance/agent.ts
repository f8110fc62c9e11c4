/**
 * Runs one case inside an agent and answers with its result. The tests run the same case in Node and compare.
 *
 * @module
 */
import type { Agent } from 'mayfly/guest'
import { runCase } from './cases.ts'

export default {
  async fetch(request) {
    return new Response(await runCase(await request.text()))
  },
} satisfies Agent
