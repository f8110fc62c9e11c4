/**
 * Single keys of a person at a terminal.
 *
 * The terminal passes keys on one by one meanwhile, and Ctrl-C as a key. It is set back whenever this process ends.
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import type { ReadStream } from 'node:tty'

const CTRL_C = '\u0003'
const CTRL_D = '\u0004'
const CTRL_Z = '\u001A'

export interface KeyActions {
  /** Takes a key that a person pressed, in lower case. */
  onKey(key: string): void
  /** Ctrl-C, Ctrl-D or q. */
  onEnd(): void
}

/** Reads keys until it is disposed of. Does nothing when the input is no terminal, or that of another program. */
export function readKeys(
  { onKey, onEnd }: KeyActions,
  input: ReadStream = process.stdin,
): Disposable {
  if (!input.isTTY || !isInForeground()) return { [Symbol.dispose]() {} }
  const setBack = (): void => void input.setRawMode(false)
  const onData = (text: string): void => {
    // Several keys at once when they are pasted; a key such as an arrow is several characters, and none of ours.
    if (text.startsWith('\u001B')) return
    for (const key of text) {
      if (key === CTRL_C || key === CTRL_D || key === 'q') onEnd()
      else if (key === CTRL_Z) suspend(input)
      else onKey(key.toLowerCase())
    }
  }
  input.setRawMode(true)
  input.setEncoding('utf8')
  input.on('data', onData)
  input.unref()
  // Also after an error that nothing catches.
  process.once('exit', setBack)
  process.once('SIGHUP', onEnd)
  return {
    [Symbol.dispose]() {
      setBack()
      input.off('data', onData)
      input.pause()
      process.off('exit', setBack)
      process.off('SIGHUP', onEnd)
    },
  }
}

/** A shell that has put this process into the background would stop it for reading keys. Known on Linux only. */
function isInForeground(): boolean {
  try {
    // https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html: after the name are state, parent, group, session, tty, owner.
    const [, , group, , , owner] =
      readFileSync('/proc/self/stat', 'utf8').split(') ').at(-1)?.split(' ') ?? []
    return group === owner
  } catch {
    return true
  }
}

/** As the terminal would: the shell has it back until the process goes on. */
function suspend(input: ReadStream): void {
  input.setRawMode(false)
  process.once('SIGCONT', () => input.setRawMode(true))
  process.kill(process.pid, 'SIGTSTP')
}
