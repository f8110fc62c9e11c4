/**
 * Redirects of an agent that does not see the whole path: they stay in the folder of the agent.
 *
 * To such an agent `/me` is a path of its own; the client has to ask `/shop/me` for it. An agent that knows its folder may
 * also answer with the whole path.
 *
 * @module
 */
import { WholeAnswer, type Answer } from '../../runtime/agents/index.ts'

const LOCATION = 'location'
const CREATED = 201
const ABSOLUTE = /^(?:\/|[a-z][a-z0-9+.-]*:)/i

/**
 * Returns `answer` with a `location` as the client has to see it.
 *
 * @param shown - the URL of the request as the agent saw it
 * @param basePath - the path that the client asks before it: `/shop`
 */
export function innerRedirect(answer: Answer, shown: string, basePath: string): Answer {
  const { status } = answer
  if (status !== CREATED && (status < 300 || status > 399)) return answer
  if (answer instanceof WholeAnswer) {
    const at = placeOf(answer.fields)
    if (at === -1) return answer
    const fields = [...answer.fields]
    fields[at + 1] = outerLocation(fields[at + 1] ?? '', shown, basePath)
    return new WholeAnswer(status, fields, answer.body)
  }
  const location = answer.headers.get(LOCATION)
  if (location !== null) answer.headers.set(LOCATION, outerLocation(location, shown, basePath))
  return answer
}

function placeOf(fields: readonly string[]): number {
  for (let at = 0; at < fields.length; at += 2) if (fields[at] === LOCATION) return at
  return -1
}

/** The same place as clients name it: they see no path that the agent sees. */
function outerLocation(location: string, shown: string, basePath: string): string {
  const target = URL.parse(location, shown)
  // Of another server, or nothing that a client could follow.
  if (target === null || target.origin !== URL.parse(shown)?.origin) return location
  const { pathname, search, hash } = target
  const isWhole =
    ABSOLUTE.test(location) && (pathname === basePath || pathname.startsWith(`${basePath}/`))
  return (isWhole ? pathname : basePath + pathname) + search + hash
}
