/** Runs a file of tests that a request carries, as JSON. @module */
import { runTests } from './run-tests.js'

export default {
  async fetch(request) {
    return Response.json(await runTests(await request.json()))
  },
}
