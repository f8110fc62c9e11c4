/** A request that an agent has sent, for a test to look at. @module */

/** A request as the server would have had it, with its whole body. */
export interface RecordedRequest {
  /** The name of the agent that has sent it. */
  readonly agent: string
  /** In upper case. */
  readonly method: string
  /** Its URL. */
  readonly url: URL
  /** With those of the rule in `agent.json`, secrets among them. */
  readonly headers: Headers
  /** Empty for none. */
  readonly body: Uint8Array
  /** The body as text. */
  text(): string
  /**
   * The body as what its JSON says.
   *
   * @throws {SyntaxError} when it is not JSON
   */
  json(): unknown
}

/** Reads `request` to its end. */
export async function recordRequest(request: Request, agent: string): Promise<RecordedRequest> {
  const body = new Uint8Array(await request.arrayBuffer())
  const text = (): string => new TextDecoder().decode(body)
  return {
    agent,
    method: request.method,
    url: new URL(request.url),
    headers: new Headers(request.headers),
    body,
    text,
    json: () => JSON.parse(text()),
  }
}
