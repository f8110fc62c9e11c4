/**
 * Counts the instances of WebAssembly that were made and not collected yet, for tests.
 *
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

const { Instance } = WebAssembly

/** Counts from when it is made until it is disposed of. */
export class LiveInstances implements Disposable {
  alive = 0
  readonly #collect: () => void

  constructor() {
    setFlagsFromString('--expose-gc')
    // The cast: that flag has made it.
    this.#collect = runInNewContext('gc') as () => void
    const registry = new FinalizationRegistry(() => this.alive--)
    const made = (instance: WebAssembly.Instance): void => {
      this.alive++
      registry.register(instance, undefined)
    }
    WebAssembly.Instance = class extends Instance {
      constructor(module: WebAssembly.Module, imports?: WebAssembly.Imports) {
        super(module, imports)
        made(this)
      }
    }
  }

  /** Waits until no more is collected. */
  async untilStill(): Promise<void> {
    let before = Infinity
    for (let rounds = 0; rounds < 20 && this.alive < before; rounds++) {
      before = this.alive
      for (let times = 0; times < 2; times++) {
        this.#collect()
        await sleep(10)
      }
    }
  }

  [Symbol.dispose](): void {
    WebAssembly.Instance = Instance
  }
}
