/**
 * Opens a page in the browser of the person at this machine.
 *
 * @module
 */
import { spawn } from 'node:child_process'

const OPENERS: Readonly<Partial<Record<NodeJS.Platform, readonly [string, ...string[]]>>> = {
  darwin: ['open'],
  // `start` is a part of the shell, whose first argument in quotes is a title.
  win32: ['cmd', '/c', 'start', ''],
}

/** Opens `url`, one of ours. Calls `onFailure` when there is no program for it. */
export function openUrl(url: string, onFailure: () => void): void {
  const [program, ...args] = OPENERS[process.platform] ?? ['xdg-open']
  const child = spawn(program, [...args, url], { stdio: 'ignore', detached: true })
  child.once('error', onFailure)
  child.once('exit', (code) => {
    if (code !== 0 && code !== null) onFailure()
  })
  child.unref()
}
