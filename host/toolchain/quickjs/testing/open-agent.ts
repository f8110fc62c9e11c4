/**
 * Agents for tests: from JavaScript to answers, through our linker.
 *
 * @module
 */
import { instantiate, load, type Loaded } from '../../../../runtime/link/testing/component.ts'
import type { ImportSource } from '../../../../runtime/link/index.ts'
import { componentizeQuickJs } from '../index.ts'

export interface Answer {
  readonly status: number
  readonly headers: readonly (readonly [string, string])[]
  readonly body: Uint8Array
}

export interface TestRequest {
  readonly method?: string
  readonly url?: string
  readonly headers?: readonly (readonly [string, string])[]
  readonly body?: Uint8Array
}

export type Handle = (request?: TestRequest, host?: ImportSource) => Promise<Answer>

const HANDLE = 'mayfly:agent/handler#handle'

/** Builds `source`. Returns a function that calls the agent, in a fresh instance each time. */
export async function openAgent(source: string): Promise<Handle> {
  return agentOf(load(await componentizeQuickJs({ source })))
}

function agentOf(loaded: Loaded): Handle {
  const everything = new Set(loaded.plan.link.imports.keys())
  return async (
    { method = 'GET', url = 'http://x/', headers = [], body = NOTHING } = {},
    host = {},
  ) => {
    const instance = instantiate(loaded, host, { suspending: everything })
    // The type of `handle` in wit/.
    return (await instance.lookup(HANDLE).callAsync([{ method, url, headers, body }])) as Answer
  }
}

const NOTHING = new Uint8Array(0)

export function textOf({ body }: Answer): string {
  return new TextDecoder().decode(body)
}
