/** Runs a file of tests that a request carries, as JSON. @module */
import { runTests } from './run-tests.js'

// An agent has some APIs only if its code names them, and these tests arrive when it runs.
globalThis.namedHere =
  'WritableStream byob shift_jis CompressionStream MessageChannel ErrorEvent URLPattern crypto.subtle console.table'

export default {
  async fetch(request) {
    return Response.json(await runTests(await request.json()))
  },
}
