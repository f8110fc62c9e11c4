/**
 * Standard output and error over the capability `log`: one entry for each line. A program's output goes to its caller.
 *
 * @module
 */
import type { Capability, InvocationContext } from '../../host-module/index.ts'
import { extend, type GuestFunctions } from '../extend.ts'
import { drain, lineSink, OutputStream, type GuestSink } from '../io/index.ts'

type Bytes = ReadableStream<Uint8Array>

// Of `wasi:cli/types` error-code.
const CODES = { closed: 'pipe', codeOf: () => 'io' }

/** Adds `wasi:cli/stdout` and `stderr` to `log`. */
export function wasiStdio(log: Capability): Capability {
  return extend(log, {
    interfaces: [
      'wasi:cli/stdout',
      'wasi:cli/stderr',
      'wasi:cli/stdout@0.3',
      'wasi:cli/stderr@0.3',
    ],
    suspends: [],
    // A program may write into nothing: it cannot tell.
    alwaysLinks: true,
    adapt: (functions, context) => {
      const out = once(() => context.program?.stdout ?? logged(functions, context, 'info'))
      const err = once(() => context.program?.stderr ?? logged(functions, context, 'error'))
      return {
        'wasi:cli/stdout': { getStdout: () => new OutputStream(kept(out(), context)) },
        'wasi:cli/stderr': { getStderr: () => new OutputStream(kept(err(), context)) },
        'wasi:cli/stdout@0.3': {
          writeViaStream: (data: Bytes) => drain(context, data, kept(out(), context), CODES),
        },
        'wasi:cli/stderr@0.3': {
          writeViaStream: (data: Bytes) => drain(context, data, kept(err(), context), CODES),
        },
      }
    },
  })
}

function logged(functions: GuestFunctions, context: InvocationContext, level: string): GuestSink {
  const { sink, end } = lineSink((line) => void functions['write']?.(level, line))
  context.defer(end)
  return sink
}

/** A guest may ask for the stream more than once: dropping one handle closes nothing. */
function kept(sink: GuestSink, context: InvocationContext): GuestSink {
  return {
    ended: () => sink.ended?.() === true,
    room: () => sink.room(),
    write(bytes) {
      // They may be of another stream of the host, and have never been in the memory of the guest.
      context.work('byte', bytes.byteLength)
      sink.write(bytes)
    },
    wait: () => sink.wait(),
  }
}

function once<Value>(make: () => Value): () => Value {
  let made: Value | undefined
  return () => (made ??= make())
}
