/** Runs one case inside an agent and answers with its result. @module */
import { runCase } from './cases.ts'

export default {
  async fetch(request: Request): Promise<Response> {
    return new Response(await runCase(await request.text()))
  },
}
