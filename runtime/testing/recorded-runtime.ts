/** A runtime whose tests answer its requests, and wait for the records of its invocations. @module */
import { afterAll } from 'vitest'
import type { InvocationRecord } from '../agents/index.ts'
import type { HttpDriver } from '../capabilities/http/index.ts'
import { Runtime } from '../presets/index.ts'
import { sharedCode } from './shared-code.ts'

/** Closes with the tests of the file. */
export class RecordedRuntime {
  /** Answers what guests ask for. A test sets it. */
  upstream: HttpDriver['fetch'] = () => Promise.reject(new Error('not asked'))
  readonly records: InvocationRecord[] = []
  readonly runtime: Runtime
  #onEnd: (record: InvocationRecord) => void = () => {}

  constructor() {
    const fetch: HttpDriver['fetch'] = (...given) => this.upstream(...given)
    this.runtime = new Runtime({
      codeStore: sharedCode,
      drivers: { http: { name: 'test', fetch } },
      onInvocation: (record) => {
        this.records.push(record)
        this.#onEnd(record)
      },
    })
    afterAll(() => this.runtime.close())
  }

  /** Resolves with the record of the next invocation that ends. */
  nextRecord(): Promise<InvocationRecord> {
    return new Promise((resolve) => {
      this.#onEnd = resolve
    })
  }
}
