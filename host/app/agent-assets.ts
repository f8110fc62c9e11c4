/**
 * Answers requests for the assets of an agent. No guest runs for them.
 *
 * @module
 */
import { responseOf, WholeAnswer, type Answer } from '../../runtime/agents/index.ts'
import { answerAsset, type AssetRequest, type ServedAssets } from '../assets/index.ts'

/** What is left of a small file when it is read: one piece, which leaves with its head. */
const MAX_WHOLE_BYTES = 65_536

/** A request that may be for an asset. */
export interface AskedAsset extends AssetRequest {
  readonly id: string
  /** The path as the client has asked it, and its query. */
  readonly outer: { readonly path: string; readonly query: string }
}

/** Returns the answer; nothing where the agent is to answer. */
export function answerFromAssets(
  { table, content }: ServedAssets,
  request: AskedAsset,
): Answer | Promise<Answer> | undefined {
  const found = table.find(request)
  if (found === undefined) return undefined
  const { id, outer } = request
  // The page of a folder has links that are relative to it.
  if (found.state === 'folder' || (request.path === '' && !outer.path.endsWith('/')))
    return new WholeAnswer(
      308,
      ['location', `${outer.path}/${outer.query}`, 'x-request-id', id],
      null,
    )
  const { status, fields, content: part } = answerAsset(found, request)
  fields.push('x-request-id', id)
  if (part === undefined || request.method === 'HEAD') return new WholeAnswer(status, fields, null)
  const { start, bytes } = part
  if (bytes === 0) return new WholeAnswer(status, fields, new Uint8Array(0))
  if (bytes > MAX_WHOLE_BYTES) return responseOf(status, fields, content.stream(start, bytes))
  return content.read(start, bytes).then((body) => new WholeAnswer(status, fields, body))
}
