/**
 * Asks an agent before its clients do, so that these find code that the platform has compiled for speed.
 *
 * V8 compiles a function when it is first called, and again, for speed, when it was called 400 times. Agents that share
 * code have it compiled once, so one of them is asked. That happens in a runtime of its own: the agent has no grant and
 * can call nothing of the host, nothing is recorded, and its slot is dropped at the end. What stays is compiled code.
 *
 * @module
 */
import { manifestFromObject, type Manifest } from '../manifest/index.ts'
import type { Agent } from './agent-interface.ts'
import { nextLoopTurn } from '../host-module/index.ts'
import type { AdoptOptions, PreparedAgent } from './prepared-agent.ts'
import type { Sandbox } from './sandbox.ts'
import { warmUpRequest } from './warm-up-request.ts'

/** A runtime of its own, without capabilities. */
interface Stage {
  adopt(options: AdoptOptions): Promise<Agent>
  close(): Promise<void>
}

/** A loaded agent that may be asked. */
export interface WarmUpSubject {
  readonly manifest: Manifest
  readonly sandbox: Sandbox
  /** Returns it for the runtime of its own. */
  readonly prepare: () => PreparedAgent
}

// Each function is called once or more for each request. Fewer do less: after 500 the next fifty took half of what they
// take cold, after 1,000 a third.
const REQUESTS = 1000
// Time that is spent on one code, when an agent is slow or computes with every request until it is stopped.
const MAX_MS = 1000
const DEADLINE_MS = 100
// A host of many agents with code of their own must not spend its time with this.
const MAX_CODES = 3
/** Other work of the thread waits for so long, unless one request takes longer. */
const SLICE_MS = 1
const PAUSE_MS = 1

/** The code of agents that were asked on this thread, by its keys. */
const asked = new Set<string>()

export class WarmUp {
  readonly #open: () => Stage
  readonly #inBackground: boolean
  readonly #cold = new Map<string, WarmUpSubject>()
  #run: Promise<void> | undefined
  /** How many wait for its end. */
  #waiting = 0
  #endPause: (() => void) | undefined
  #closed = false

  /** @param inBackground - whether agents are asked without a call of `finish` */
  constructor(open: () => Stage, inBackground: boolean) {
    this.#open = open
    this.#inBackground = inBackground
  }

  /** Has the agent asked, unless another with the same code was, or is going to be. */
  add(subject: WarmUpSubject): void {
    if (asked.size + this.#cold.size >= MAX_CODES) return
    const { manifest, sandbox } = subject
    // Without fuel nothing here would stop it, and without an image it would be initialised for each request.
    if (manifest.limits.metering !== 'fuel' || !sandbox.portable) return
    const key = sandbox.shape.codes.map((code) => code.key).join()
    if (asked.has(key)) return
    this.#cold.set(key, subject)
    if (this.#inBackground) this.#run ??= this.#askAll()
  }

  /** Resolves when all have been asked. */
  async finish(): Promise<void> {
    this.#waiting++
    this.#endPause?.()
    this.#run ??= this.#askAll()
    await this.#run
    this.#waiting--
  }

  /** Ends it: no agent is asked from now on. */
  close(): void {
    this.#closed = true
    this.#endPause?.()
  }

  /** Never rejects: agents are served as well without it, only later. */
  async #askAll(): Promise<void> {
    for (const [key, subject] of this.#cold) {
      try {
        await this.#pause()
        this.#cold.delete(key)
        if (this.#closed || subject.sandbox.released || asked.has(key)) continue
        asked.add(key)
        await this.#ask(subject)
      } catch {
        // What fails here fails again with a client, and is reported there.
      }
    }
    this.#run = undefined
  }

  async #ask({ manifest, sandbox, prepare }: WarmUpSubject): Promise<void> {
    const stage = this.#open()
    try {
      const agent = await stage.adopt({ manifest: withoutGrants(manifest), prepared: prepare() })
      let sent = 0
      let left = MAX_MS
      while (sent < REQUESTS && left > 0 && !this.#closed && !sandbox.released) {
        const startedAt = performance.now()
        let spent = 0
        for (; sent < REQUESTS && spent < SLICE_MS; spent = performance.now() - startedAt)
          await (await agent.fetch(warmUpRequest(sent++))).text()
        left -= spent
        await this.#pause()
      }
    } finally {
      await stage.close()
    }
  }

  /** Lets other work of the thread go on. Only a run that is waited for keeps a process alive. */
  #pause(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#waiting > 0) return nextLoopTurn(resolve)
      const timer: unknown = setTimeout(resolve, PAUSE_MS)
      ;(timer as { unref?: () => void }).unref?.() // Node has it, browsers have not
      this.#endPause = () => nextLoopTurn(resolve)
    })
  }
}

/** The code of an agent depends on its limits and features. */
function withoutGrants({ limits, features }: Manifest): Manifest {
  const deadlineMs = Math.min(limits.deadlineMs, DEADLINE_MS)
  return manifestFromObject({
    name: 'warm-up',
    limits: { ...limits, deadlineMs },
    ...(features === undefined ? {} : { features }),
  })
}
