/**
 * The interface `intl` for the core module, while an agent is built in it: by the ICU data of this machine, as in a
 * request. Nothing else of the machine shows in the answers.
 *
 * @module
 */
import { intlFunctions } from '../../../runtime/capabilities/intl/index.ts'

/** Exports of the instance that calls. */
export interface Caller {
  readonly memory: WebAssembly.Memory
  reallocate(pointer: number, oldSize: number, align: number, size: number): number
}

// In the order of `wit/intl.wit`.
const ERRORS = ['malformed', 'misused', 'limited']

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** Returns the functions as a component has them lowered. `caller` is asked at each call. */
export function buildTimeIntl(caller: () => Caller): WebAssembly.ModuleImports {
  const { format, compare, query } = intlFunctions()
  return {
    format: lowered(2, (text) => format(text(0), text(1)), storeText),
    query: lowered(3, (text) => query(text(0), text(1), text(2)), storeText),
    compare: lowered(
      3,
      (text) => BigInt(compare(text(0), text(1), text(2))),
      (out, value) => view().setBigInt64(out + 8, value, true),
      8,
    ),
  }

  /** @param payload - offset of the result, and of an error */
  function lowered<Result>(
    count: number,
    answer: (text: (at: number) => string) => Result,
    store: (out: number, result: Result) => void,
    payload = 4,
  ): (...values: number[]) => void {
    return (...values) => {
      const out = values[count * 2] ?? 0
      try {
        const result = answer((at) => read(values[at * 2] ?? 0, values[at * 2 + 1] ?? 0))
        store(out, result)
        view().setUint8(out, 0)
      } catch (error) {
        view().setUint8(out, 1)
        view().setUint8(out + payload, caseOf(error))
      }
    }
  }

  function read(pointer: number, length: number): string {
    return decoder.decode(new Uint8Array(caller().memory.buffer, pointer, length))
  }

  function storeText(out: number, text: string): void {
    const bytes = encoder.encode(text)
    const pointer = caller().reallocate(0, 0, 1, bytes.length)
    new Uint8Array(caller().memory.buffer, pointer, bytes.length).set(bytes)
    view().setUint32(out + 4, pointer, true)
    view().setUint32(out + 8, bytes.length, true)
  }

  function view(): DataView {
    return new DataView(caller().memory.buffer)
  }
}

function caseOf(error: unknown): number {
  const payload = typeof error === 'object' && error !== null && 'payload' in error && error.payload
  const index = ERRORS.findIndex((each) => each === payload)
  if (index === -1) throw error
  return index
}
