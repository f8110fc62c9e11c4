/**
 * Answers the HTTP requests of agents as a test says, and keeps them. Nothing is sent.
 *
 * It is a driver, so it sees the requests that a manifest grants and no others, with the headers of their rules. A request
 * without an answer fails for the agent, and for the test as well: an agent that catches the failure must not hide it.
 *
 * @module
 */
import type { HttpDriver, HttpDriverOptions } from '../../runtime/capabilities/http/index.ts'
import { MayflyError } from '../../runtime/errors/index.ts'
import { checkAddress } from '../drivers/guarded-fetch/index.ts'
import { recordRequest, type RecordedRequest } from './recorded-request.ts'
import { AnsweringRoute, type ScriptedRoute, type UrlTest } from './scripted-route.ts'

/** The servers of a test. `testAgent` makes one; a runtime of your own takes its `driver`. */
export class ScriptedHttp {
  readonly #routes: AnsweringRoute[] = []
  readonly #requests: RecordedRequest[] = []
  readonly #unexpected: RecordedRequest[] = []

  /** The requests that agents have sent, in order. Those that were denied are not among them. */
  get requests(): readonly RecordedRequest[] {
    return this.#requests
  }

  /**
   * Prepares answers. Of two that fit a request, the later holds.
   *
   * @param method - in any case of letters; `*` for each
   * @param url - a URL; without a query it stands for every query. Or a `URLPattern`, a `RegExp`, or any object with a `test`
   */
  on(method: string, url: string | URL | UrlTest): ScriptedRoute {
    const route = new AnsweringRoute(method, url)
    this.#routes.unshift(route)
    return route
  }

  /**
   * Checks that every request since the last check has had an answer.
   *
   * @throws {MayflyError} ERR_USAGE naming those that had none
   */
  check(): void {
    const [first, ...others] = this.#unexpected.splice(0)
    if (first === undefined) return
    const { method, url, agent } = first
    const more = others.map((each) => `, ${each.method} ${each.url}`).join('')
    throw new MayflyError(
      'ERR_USAGE',
      `Cannot answer ${method} ${url}${more} of agent "${agent}": the test has no answer for it`,
      {
        hint: `http.on('${method}', '${url.origin}${url.pathname}').reply(new Response('...'))`,
        facts: { agent, method, url: url.href },
      },
    )
  }

  /** The driver of `http` that gives the answers. */
  get driver(): HttpDriver {
    return { name: 'scripted', fetch: (request, options) => this.#answer(request, options) }
  }

  async #answer(sent: Request, { agent, network, signal }: HttpDriverOptions): Promise<Response> {
    const { hostname } = new URL(sent.url)
    const address = literalAddress(hostname)
    if (address !== undefined) checkAddress(hostname, address, network)
    const request = await recordRequest(sent, agent)
    this.#requests.push(request)
    const route = this.#routes.find((each) => each.fits(request))
    if (route !== undefined) return route.answer(request, signal)
    this.#unexpected.push(request)
    throw new Error(`The test has no answer for ${request.method} ${request.url}`)
  }
}

/** The address that a host stands for without a name server. */
function literalAddress(hostname: string): string | undefined {
  if (/^(?:.+\.)?localhost\.?$/.test(hostname)) return '127.0.0.1'
  if (hostname.startsWith('[')) return hostname.slice(1, -1)
  // As a URL has it: other ways to write an address have become this one.
  return /^[\d.]+$/.test(hostname) ? hostname : undefined
}
