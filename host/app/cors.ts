/**
 * Which pages of other origins may read the answers of an agent, by its manifest: https://fetch.spec.whatwg.org/#http-cors-protocol
 *
 * The manifest alone decides: fields of the agent that say something else are left out.
 *
 * @module
 */
import { WholeAnswer, type Answer } from '../../runtime/agents/index.ts'
import type { CorsSettings } from '../../runtime/manifest/index.ts'

/** The fields of a request that say who asks. */
export interface CorsRequest {
  readonly method: string
  /** The value of a field in lower case. */
  header(name: string): string | null
}

const ALLOWED = 'access-control-allow-'
const EXPOSED = 'access-control-expose-headers'
const MAX_AGE = 'access-control-max-age'
const METHODS = 'GET,HEAD,POST,PUT,PATCH,DELETE'

export class Cors {
  readonly #settings: CorsSettings
  readonly #origins: ReadonlySet<string>
  readonly #isForAll: boolean

  constructor(settings: CorsSettings) {
    this.#settings = settings
    this.#origins = new Set(settings.origins)
    this.#isForAll = this.#origins.has('*')
  }

  /** The answer to a browser that asks before it sends a request; nothing for any other request. */
  preflight({ method, header }: CorsRequest, id: string): Answer | undefined {
    const origin = header('origin')
    const asked = header('access-control-request-method')
    if (method !== 'OPTIONS' || origin === null || asked === null) return undefined
    const fields = ['x-request-id', id, 'vary', 'origin, access-control-request-headers']
    if (!this.#allows(origin)) return new WholeAnswer(204, fields, null)
    const { methods, headers, maxAgeSeconds } = this.#settings
    fields.push(...this.#originFields(origin), `${ALLOWED}methods`, methods?.join() ?? METHODS)
    // Without a list any field may be sent, which the browser names.
    const names = headers?.join() ?? plainNames(header('access-control-request-headers'))
    if (names !== '') fields.push(`${ALLOWED}headers`, names)
    if (maxAgeSeconds !== undefined) fields.push(MAX_AGE, String(maxAgeSeconds))
    return new WholeAnswer(204, fields, null)
  }

  /** Returns `answer` with the fields for the origin that asks. */
  apply(answer: Answer, origin: string | null): Answer {
    const added = origin !== null && this.#allows(origin) ? this.#originFields(origin) : []
    const { expose } = this.#settings
    if (added.length > 0 && expose !== undefined) added.push(EXPOSED, expose.join())
    // An answer for one origin is none for another.
    if (!this.#isForAll || this.#settings.credentials === true) added.push('vary', 'origin')
    if (answer instanceof WholeAnswer) {
      const kept: string[] = []
      for (let at = 0; at < answer.fields.length; at += 2) {
        const name = answer.fields[at] ?? ''
        if (!isOurs(name)) kept.push(name, answer.fields[at + 1] ?? '')
      }
      return new WholeAnswer(answer.status, [...kept, ...added], answer.body)
    }
    for (const name of [...answer.headers.keys()]) if (isOurs(name)) answer.headers.delete(name)
    for (let at = 0; at < added.length; at += 2)
      answer.headers.append(added[at] ?? '', added[at + 1] ?? '')
    return answer
  }

  #allows(origin: string): boolean {
    return this.#isForAll || this.#origins.has(origin)
  }

  #originFields(origin: string): string[] {
    if (this.#settings.credentials === true)
      return [`${ALLOWED}origin`, origin, `${ALLOWED}credentials`, 'true']
    return [`${ALLOWED}origin`, this.#isForAll ? '*' : origin]
  }
}

function isOurs(name: string): boolean {
  return name.startsWith(ALLOWED) || name === EXPOSED || name === MAX_AGE
}

/** Names of fields as a browser sends them; nothing where the text is none. */
function plainNames(names: string | null): string {
  return names !== null && /^[\w!#$%&'*+.^`|~-]+(?:,\s*[\w!#$%&'*+.^`|~-]+)*$/.test(names)
    ? names
    : ''
}
