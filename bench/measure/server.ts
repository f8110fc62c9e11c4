/** Servers under load: each in a separate process, whose processor time is measured. @module */
import { fork, type ChildProcess } from 'node:child_process'
import { load, type Load, type LoadOptions } from './load.ts'

export interface ServerLoad extends Load {
  /** Of the serving process, for each request. */
  readonly cpuMicros: number
}

export class BenchServer implements Disposable {
  readonly #child: ChildProcess
  readonly url: string

  private constructor(child: ChildProcess, url: string) {
    this.#child = child
    this.url = url
  }

  /** Starts `file`, which sends its URL once it listens and `process.cpuUsage()` when it is asked. */
  static start(file: string, args: readonly string[]): Promise<BenchServer> {
    const child = fork(file, args, {
      execArgv: ['--no-warnings'],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    return new Promise((resolve, reject) => {
      child.once('message', (url) => resolve(new BenchServer(child, String(url))))
      child.once('exit', (code) => reject(new Error(`Cannot start server: exit ${code}`)))
    })
  }

  /** Returns its answer, to check it before the load. */
  async text(path: string, init?: RequestInit): Promise<string> {
    const response = await fetch(this.url + path, init)
    return `${response.status} ${await response.text()}`
  }

  async load(path: string, options: Omit<LoadOptions, 'url'>): Promise<ServerLoad> {
    const before = await this.cpuMicros()
    const made = await load({ ...options, url: this.url + path })
    const micros = (await this.cpuMicros()) - before
    return { ...made, cpuMicros: micros / (made.perSecond * made.seconds) }
  }

  [Symbol.dispose](): void {
    this.#child.disconnect()
  }

  /** Processor time of the serving process so far. */
  async cpuMicros(): Promise<number> {
    // The cast: every server answers so.
    const { user, system } = (await this.ask('cpu')) as NodeJS.CpuUsage
    return user + system
  }

  /** What it answers to a message. One at a time. */
  ask(message: string): Promise<unknown> {
    return new Promise((resolve) => {
      this.#child.once('message', resolve)
      this.#child.send(message)
    })
  }
}
