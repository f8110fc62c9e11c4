/** Fetches two pages at once, and answers with those that are there in time. It waits without a stack. @module */
import {
  Call, clock, Fetched, http, JsonWriter, kv, Pending, Request, Response, serve, Task,
} from 'mayfly/guest/assemblyscript/waiting'

const PATIENCE_MS: f64 = 2000

class Pages extends Task {
  // All of these begin here, and run at the same time.
  private readonly com: Pending<Fetched> = http.send(new Request('GET', 'https://example.com/'))
  private readonly org: Pending<Fetched> = http.send(new Request('GET', 'https://example.org/'))
  private readonly requests: Pending<i64> = kv.increment('pages', 'requests', 1)
  private readonly late: Call = clock.waitFor(PATIENCE_MS)

  /** Called when one of them has ended. */
  arrived(call: Call): Response | null {
    const isDone = this.com.isDone && this.org.isDone && this.requests.isDone
    if (!isDone && call !== this.late) return null
    const json = new JsonWriter().open('{')
    if (this.requests.isDone && this.requests.error == '') json.key('request').number(<f64>this.requests.value)
    write(json.key('com'), this.com)
    write(json.key('org'), this.org)
    return Response.json(json.close('}').bytes(), isDone ? 200 : 504)
  }
}

/** The size of a page, or why there is none. */
function write(json: JsonWriter, page: Pending<Fetched>): void {
  if (!page.isDone) json.text('late')
  else if (page.error != '') json.text(page.error)
  else json.number(page.value.body.length)
}

serve((_request: Request): Task => new Pages())
