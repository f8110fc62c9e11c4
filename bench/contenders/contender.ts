/**
 * The contract of a contender: it runs the same handler, isolated the way its users isolate requests.
 *
 * @module
 */
import type { AgentRequest } from './agent-message.ts'

/** The answer of a handler; engines that pass only text across their border give text. */
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
  /** The part that is new for every request, in a few words. */
  readonly isolation: string
  /**
   * Does all work that can be done before the first request of `source`, a module that exports `handler`.
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

/** Reads a result of `answerScript`. */
export function readAnswer(text: string): Answer {
  return JSON.parse(text) as Answer // `answerScript` writes this type
}

/** The part of an answer that is compared: status and text. */
export function comparable(answer: Answer): string {
  const text = 'text' in answer ? answer.text : new TextDecoder().decode(answer.body)
  return `${answer.status} ${text}`
}
