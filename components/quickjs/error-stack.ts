/**
 * `Error.prototype.stack` as V8 has it, with the line of the error above its frames: packages that parse stacks skip it.
 *
 * The line is made when a stack is read, so an error that is only caught costs nothing more.
 *
 * @module
 */

// The engine's frames begin so. Anything else was made by a `prepareStackTrace` of the agent.
const FRAME = '    at '
// Of the library, which has no lines, and of its function in the adapter that settles promises.
const LIBRARY = /^ {4}at (?:.*\(<null>:\d+:\d+\)|settledValue \(native\))\n?/gm

const errorLine = Error.prototype.toString
const native: PropertyDescriptor = Object.getOwnPropertyDescriptor(Error.prototype, 'stack') ?? {}
const readFrames = native.get
const { captureStackTrace: capture } = Error as unknown as {
  captureStackTrace(target: object, outermost: unknown): void
}

// With a method of the class, so that the function has the name of an accessor.
class Stack {
  get stack(): unknown {
    return withLine(this, readFrames?.call(this))
  }
}

/** Puts them in place. A function, because the bundler drops a module that is only imported. */
export function addErrorLine(): void {
  Object.defineProperty(Error.prototype, 'stack', {
    ...native,
    ...Object.getOwnPropertyDescriptor(Stack.prototype, 'stack'),
    set: native.set,
    enumerable: false,
  } as PropertyDescriptor)
  Object.defineProperty(Error, 'captureStackTrace', {
    value: captureStackTrace,
    writable: true,
    configurable: true,
  })
}

function captureStackTrace(target: object, outermost?: unknown): void {
  // This function is not among the frames.
  capture(target, outermost ?? captureStackTrace)
  const found = Object.getOwnPropertyDescriptor(target, 'stack')
  if (found !== undefined && 'value' in found) {
    Object.defineProperty(target, 'stack', { ...found, value: withLine(target, found.value) })
  }
}

function withLine(error: object, frames: unknown): unknown {
  if (typeof frames !== 'string' || (frames !== '' && !frames.startsWith(FRAME))) return frames
  return `${lineOf(error)}\n${frames.replace(LIBRARY, '')}`.trimEnd()
}

function lineOf(error: object): string {
  try {
    return errorLine.call(error as Error)
  } catch {
    return 'Error' // Its name or message throws
  }
}
