/** Requests and responses of agents as WIT values, and how answers are compared. @module */

export interface AgentRequest {
  readonly method: string
  readonly url: string
  readonly headers: readonly (readonly [string, string])[]
  readonly body: Uint8Array
}

export interface AgentResponse {
  readonly status: number
  readonly headers: readonly (readonly [string, string])[]
  readonly body: Uint8Array
}

export function get(url: string): AgentRequest {
  return { method: 'GET', url, headers: [], body: new Uint8Array(0) }
}

/** @throws {Error} when two subjects do not answer alike: then they are not to be compared */
export function assertEqualAnswers(answers: Readonly<Record<string, unknown>>): void {
  const texts = Object.entries(answers).map(([name, answer]) => [name, textOf(answer)] as const)
  for (const [name, text] of texts) {
    const [first, expected] = texts[0] ?? [name, text]
    if (text !== expected) {
      throw new Error(`Cannot compare "${first}" and "${name}": ${expected} is not ${text}`)
    }
  }
}

function textOf(answer: unknown): string {
  return JSON.stringify(answer, (_, value: unknown) => {
    if (value instanceof Uint8Array) return new TextDecoder().decode(value)
    return typeof value === 'bigint' ? String(value) : value
  })
}
