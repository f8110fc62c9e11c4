/** What the page asks the host, with its token. @module */
import type {
  PageFindings,
  PageRecent,
  PageState,
  StopResult,
} from '../../control/page-contract.ts'
import type { ChangeResult, Refusal } from '../../control/contract.ts'
import { eventsOf } from './event-stream.ts'

export interface Listener {
  state(state: PageState): void
  findings(findings: PageFindings): void
  recent(recent: PageRecent): void
}

/** The host does not know the token any more: it was started again, or the day has passed. */
export class Ended extends Error {
  override readonly name = 'Ended'
}

export class HostClient {
  readonly #token: string

  constructor(token: string) {
    this.#token = token
  }

  /**
   * Tells `listener` until the host ends the stream.
   *
   * @throws {Ended}
   * @throws {Error} when the host cannot be reached
   */
  async follow(listener: Listener): Promise<void> {
    const { body } = await this.#ask('/-/page/events')
    if (body === null) return
    for await (const { name, data } of eventsOf(body)) {
      const value: unknown = JSON.parse(data)
      // The casts: this host wrote it, and the names say what.
      if (name === 'state') listener.state(value as PageState)
      else if (name === 'findings') listener.findings(value as PageFindings)
      else if (name === 'recent') listener.recent(value as PageRecent)
    }
  }

  /** @param agent - absent for all */
  async stop(agent?: string): Promise<StopResult> {
    const path = agent === undefined ? '/-/stop' : `/-/agents/${encodeURIComponent(agent)}/stop`
    const response = await this.#ask(path, 'POST')
    // The cast: this host wrote it.
    return (await response.json()) as StopResult
  }

  /** Has an agent take requests again. */
  async start(agent: string): Promise<ChangeResult> {
    const response = await this.#ask(`/-/agents/${encodeURIComponent(agent)}/enable`, 'POST')
    // The cast: this host wrote it.
    return (await response.json()) as ChangeResult
  }

  /** Has the host forget the token. */
  async leave(): Promise<void> {
    await this.#ask('/-/page/session', 'DELETE')
  }

  async #ask(path: string, method = 'GET'): Promise<Response> {
    const headers = { authorization: `Bearer ${this.#token}` }
    const response = await fetch(path, { method, headers, cache: 'no-store' })
    if (response.status === 401) throw new Ended()
    if (!response.ok) throw new Error(await reasonOf(response))
    return response
  }
}

async function reasonOf(response: Response): Promise<string> {
  // The cast: every refusal of the host has this form.
  const refusal = (await response.json().catch(() => undefined)) as Refusal | undefined
  return refusal?.error ?? `The host answered ${response.status}`
}
