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
import {
  EMPTY_SOURCE,
  failed,
  guestStream,
  InputStream,
  ReadableSource,
  type ByteSource,
} from '../io/index.ts'
import { opaque } from '../opaque.ts'
import { PROGRAM_HANDLER } from './serve-program.ts'

const STDIN = 'wasi:cli/stdin'
const STDIN_3 = 'wasi:cli/stdin@0.3'

class TerminalInput {}
class TerminalOutput {}

const NO_TERMINAL = bothVersions({
  'wasi:cli/terminal-input': { TerminalInput: opaque(TerminalInput) },
  'wasi:cli/terminal-output': { TerminalOutput: opaque(TerminalOutput) },
  'wasi:cli/terminal-stdin': { getTerminalStdin: () => undefined },
  'wasi:cli/terminal-stdout': { getTerminalStdout: () => undefined },
  'wasi:cli/terminal-stderr': { getTerminalStderr: () => undefined },
})

const EXIT = bothVersions({
  'wasi:cli/exit': {
    exit: (status: { readonly tag: 'ok' | 'err' }) => leave(status.tag === 'ok' ? 0 : 1),
    exitWithCode: leave,
  },
})

/** Interfaces that are the same in WASI 0.2 and 0.3. */
function bothVersions(imports: Imports): Imports {
  const all = Object.entries(imports)
  return Object.fromEntries([...all, ...all.map(([name, each]) => [`${name}@0.3`, each])])
}

export function wasiCli(): HostModule {
  return {
    name: 'cli',
    interfaces: [STDIN, STDIN_3, ...Object.keys(EXIT), ...Object.keys(NO_TERMINAL)],
    suspends: [],
    serves: PROGRAM_HANDLER,
    configure(): ConfiguredModule {
      return {
        granted: true,
        initial: NO_TERMINAL,
        prepare: (context) => ({ ...EXIT, ...NO_TERMINAL, ...stdin(context) }),
        async [Symbol.asyncDispose]() {},
      }
    },
  }
}

function stdin(context: InvocationContext): Imports {
  let source: ByteSource | undefined
  const input = (): ByteSource => {
    source ??= sourceOf(context)
    const { ready, read, wait } = source
    // Dropping one handle closes nothing: the guest may ask for the stream again.
    return { ready: ready.bind(source), read: read.bind(source), wait: wait.bind(source) }
  }
  return {
    [STDIN]: { getStdin: () => new InputStream(input()) },
    [STDIN_3]: { readViaStream: () => guestStream(input(), () => 'io') },
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
