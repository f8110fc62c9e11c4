/**
 * Runs a program written for Javy as an agent: the body of a request is its standard input, its standard
 * output the body of the response, and its standard error goes to the log.
 *
 * The build arranges that the program's top-level code runs here, once a request, and not while the agent is built. If
 * the program throws, its output so far is not sent.
 *
 * It imports nothing of the library, because it is part only of the agents that need it.
 *
 * @module
 */

const STDIN = 0
const STDOUT = 1
const STDERR = 2

let input: Uint8Array | undefined
const output: Uint8Array[] = []
const lines = new TextDecoder()
let lastLine = ''

const { error: log } = console

/** The global `Javy` of programs for Javy. */
const javy = {
  IO: {
    /** Returns how many bytes were read, 0 at the end. */
    readSync(fd: number, buffer: Uint8Array): number {
      if (fd !== STDIN) throw unsupported('read', fd, 'only 0, standard input, can be read')
      if (input === undefined) throw tooEarly('read standard input')
      const chunk = input.subarray(0, checked(buffer).length)
      buffer.set(chunk)
      input = input.subarray(chunk.length)
      return chunk.length
    },

    /** Returns how many bytes were written: all of them. */
    writeSync(fd: number, buffer: Uint8Array): number {
      // Copied: the program may use its buffer again.
      const bytes = checked(buffer).slice()
      if (fd === STDOUT) write(bytes)
      else if (fd === STDERR) writeLines(lines.decode(bytes, { stream: true }))
      else
        throw unsupported('write to', fd, 'only 1 and 2, standard output and error, can be written')
      return bytes.length
    },
  },

  JSON: {
    fromStdin: (): unknown => JSON.parse(new TextDecoder().decode(takeInput())),
    toStdout: (value: unknown): void => write(new TextEncoder().encode(JSON.stringify(value))),
  },
}

Object.assign(globalThis, { Javy: javy })
// As in Javy, where `console.log` writes to standard output. The other methods still write to the log.
console.log = (...values: unknown[]) => {
  if (input !== undefined) write(new TextEncoder().encode(lineOf(values)))
}
console.error = (...values: unknown[]) => writeLines(lineOf(values))

/** Returns the agent that has `run` evaluate the program. */
export function program(run: () => unknown): (request: Request) => Promise<Response> {
  return async function answer(request) {
    input = new Uint8Array(await request.arrayBuffer())
    try {
      await run()
      // Promises that the program did not await continue until they wait for the host.
      await new Promise((resolve) => setTimeout(resolve, 0))
    } finally {
      const rest = lastLine + lines.decode()
      if (rest !== '') log(rest)
    }
    return new Response(new Blob(output as BlobPart[]))
  }
}

function takeInput(): Uint8Array {
  if (input === undefined) throw tooEarly('read standard input')
  const bytes = input
  input = input.subarray(bytes.length)
  return bytes
}

function write(bytes: Uint8Array): void {
  if (input === undefined) throw tooEarly('write to standard output')
  output.push(bytes)
}

function writeLines(text: string): void {
  const written = (lastLine + text).split('\n')
  lastLine = written.pop() ?? ''
  for (const line of written) log(line)
}

function lineOf(values: readonly unknown[]): string {
  return `${values.map(String).join(' ')}\n`
}

function checked(buffer: unknown): Uint8Array {
  if (buffer instanceof Uint8Array) return buffer
  throw new TypeError('Cannot use the buffer: not a Uint8Array')
}

function unsupported(action: string, fd: unknown, state: string): Error {
  return new Error(`Cannot ${action} file descriptor ${String(fd)}: ${state}`)
}

/** For a package that the program imports: it runs while the agent is built, when there is no input yet. */
function tooEarly(action: string): Error {
  return new Error(`Cannot ${action} while the agent is built`)
}
