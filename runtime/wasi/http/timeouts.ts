/** The times a guest asks for in its request options. @module */
import type { ByteSource } from '../io/index.ts'

const NANOS_A_MILLI = 1_000_000n

/** Calls `expire` when nothing came for `ms` while the guest waited. */
export function timed(source: ByteSource, ms: number | undefined, expire: () => void): ByteSource {
  if (ms === undefined) return source
  return {
    ready: () => source.ready(),
    read: (length) => source.read(length),
    wait: async () => {
      const timer = setTimeout(expire, ms)
      await source.wait()
      clearTimeout(timer)
    },
    dispose: () => source.dispose?.(),
  }
}

/** Never zero: a guest that asks for less than a millisecond still asks for some time. */
export function millis(nanos: bigint | undefined): number | undefined {
  return nanos === undefined ? undefined : Number(nanos / NANOS_A_MILLI) + 1
}
