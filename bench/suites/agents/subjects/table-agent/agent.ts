/** POST a CSV with a header row; get count, mean and standard deviation of its columns. @module */
import { describe } from './describe.ts'

export default {
  async fetch(request: Request): Promise<Response> {
    return Response.json(describe(await request.text()))
  },
}
