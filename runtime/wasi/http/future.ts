/**
 * A value that a guest can take once, when it is ready.
 *
 * @module
 */
import { Pollable } from '../io/index.ts'
import type { ErrorCode } from './error-code.ts'

export type Result<Value, Failure> =
  { readonly tag: 'ok'; readonly val: Value } | { readonly tag: 'err'; readonly val: Failure }

export class Future<Value> {
  readonly #settled: Promise<void>
  #outcome: Result<Value, ErrorCode> | undefined
  #taken = false

  /** `outcome` must not reject. */
  constructor(outcome: Promise<Result<Value, ErrorCode>>) {
    this.#settled = outcome.then((arrived) => {
      this.#outcome = arrived
    })
  }

  subscribe(): Pollable {
    return new Pollable({ ready: () => this.#outcome !== undefined, wait: () => this.#settled })
  }

  get(): Result<Result<Value, ErrorCode>, undefined> | undefined {
    if (this.#outcome === undefined) return undefined
    if (this.#taken) return { tag: 'err', val: undefined }
    this.#taken = true
    return { tag: 'ok', val: this.#outcome }
  }
}
