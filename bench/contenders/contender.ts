/**
 * What a contender is: the same handler, isolated the way its users isolate requests.
 *
 * @module
 */
import type { AgentRequest } from './agent-message.ts'

/** What a handler answered; engines that cross their border in text give text. */
export type Answer =
  | { readonly status: number; readonly body: Uint8Array }
  | { readonly status: number; readonly text: string }

export interface Opened {
  /** Answers one request. */
  answer(request: AgentRequest): Answer | Promise<Answer>
  close?(): void | Promise<void>
}

export interface Contender {
  readonly name: string
  /** What every request gets of its own, in a few words. */
  readonly isolation: string
  /**
   * Makes what can be made before the first request of `source`, a module that exports `handler`.
   *
   * @throws {Skipped} when it cannot run here
   */
  open(source: string): Promise<Opened>
}

/** A script, not a module, that puts `answer` on the global: JSON text in, JSON text out. */
export function answerScript(source: string): string {
  return `${source.replace('export const handler', 'globalThis.handler')}
globalThis.answer = (text) => {
  const { status, body } = handler.handle(JSON.parse(text))
  return JSON.stringify({ status, text: String.fromCharCode(...body) })
}`
}

/** The text `answerScript` takes. */
export function requestText({ method, url }: AgentRequest): string {
  return JSON.stringify({ method, url, headers: [], body: [] })
}

/** Reads what `answerScript` returns. */
export function readAnswer(text: string): Answer {
  return JSON.parse(text) as Answer // What `answerScript` writes
}

/** What is compared: status and text. */
export function comparable(answer: Answer): string {
  const text = 'text' in answer ? answer.text : new TextDecoder().decode(answer.body)
  return `${answer.status} ${text}`
}
