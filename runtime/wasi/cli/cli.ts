/**
 * The rest of `wasi:cli`: standard input, the exit, and terminals, which never exist.
 *
 * Always granted: it reaches only the invocation itself.
 *
 * @module
 */
import {
  ProgramExit,
  type HostModule,
  type ConfiguredModule,
  type Imports,
  type InvocationContext,
} from '../../host-module/index.ts'
import { EMPTY_SOURCE, failed, InputStream, ReadableSource, type ByteSource } from '../io/index.ts'
import { opaque } from '../opaque.ts'
import { PROGRAM_HANDLER } from './serve-program.ts'

class TerminalInput {}
class TerminalOutput {}

const NO_TERMINAL = {
  'wasi:cli/terminal-input': { TerminalInput: opaque(TerminalInput) },
  'wasi:cli/terminal-output': { TerminalOutput: opaque(TerminalOutput) },
  'wasi:cli/terminal-stdin': { getTerminalStdin: () => undefined },
  'wasi:cli/terminal-stdout': { getTerminalStdout: () => undefined },
  'wasi:cli/terminal-stderr': { getTerminalStderr: () => undefined },
} satisfies Imports

const EXIT = {
  'wasi:cli/exit': {
    exit: (status: { readonly tag: 'ok' | 'err' }) => leave(status.tag === 'ok' ? 0 : 1),
    exitWithCode: leave,
  },
} satisfies Imports

export function wasiCli(): HostModule {
  return {
    name: 'cli',
    interfaces: ['wasi:cli/stdin', ...Object.keys(EXIT), ...Object.keys(NO_TERMINAL)],
    suspends: [],
    serves: PROGRAM_HANDLER,
    configure(): ConfiguredModule {
      return {
        granted: true,
        initial: NO_TERMINAL,
        prepare: (context) => ({ ...EXIT, ...NO_TERMINAL, 'wasi:cli/stdin': stdin(context) }),
        async [Symbol.asyncDispose]() {},
      }
    },
  }
}

function stdin(context: InvocationContext): { getStdin: () => InputStream } {
  let source: ByteSource | undefined
  return {
    getStdin() {
      source ??= sourceOf(context)
      const { ready, read, wait } = source
      // Dropping one handle closes nothing: the guest may ask for the stream again.
      return new InputStream({
        ready: ready.bind(source),
        read: read.bind(source),
        wait: wait.bind(source),
      })
    },
  }
}

function sourceOf({ program }: InvocationContext): ByteSource {
  if (program?.stdin === undefined) return EMPTY_SOURCE
  return new ReadableSource(program.stdin, { onError: () => failed('Standard input broke off') })
}

/** Ends this invocation and nothing else. */
function leave(code: number): never {
  throw new ProgramExit(code)
}
