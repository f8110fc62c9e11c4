/** The page of one host: its links, and its events while it is open. @module */
import type { HostState, PageKeeper, PageState, TailEvent } from '../control/index.ts'
import { PageKeys } from './page-keys.ts'
import { PageLive } from './page-live.ts'

export interface HostPageOptions {
  /** Where the page is, without a last slash. Read when a link is made. */
  readonly url: () => string
  /** Read for each event `state`. */
  readonly host: () => Pick<HostState, 'agents' | 'health' | 'workers'>
  /** Where agents answer, without a last slash. */
  readonly agentsUrl: string
  /** Of Mayfly. */
  readonly version: string
}

export interface HostPage extends PageKeeper {
  /** Takes events of a worker, and how many it left out before these. */
  publish(events: readonly TailEvent[], lost: number): void
  /** Ends the streams of all pages. */
  close(): void
}

const NO_WORKERS = { workers: [], memory: { residentBytes: 0, totalBytes: 0 } }

export function hostPage({ url, host, agentsUrl, version }: HostPageOptions): HostPage {
  const keys = new PageKeys({ url })
  const live = new PageLive({ state })
  return {
    link: () => keys.link(),
    open: (code) => keys.open(code),
    find: (text) => keys.find(text),
    holds: (session) => keys.holds(session),
    end: (session) => keys.end(session),
    follow: (isAllowed) => live.follow(isAllowed),
    publish: (events, lost) => live.publish(events, lost),
    close: () => live.close(),
  }

  async function state(): Promise<PageState> {
    const { agents, health, workers } = host()
    const threads = workers?.() ?? NO_WORKERS
    return { url: agentsUrl, version, health: health(), ...threads, agents: await agents() }
  }
}
