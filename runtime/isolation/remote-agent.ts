/**
 * An agent whose guest runs in the process of its group: its code as it is sent, its functions, its latest counts.
 *
 * @module
 */
import { InstanceState } from '../abi/index.ts'
import type { SandboxStats, SiteRequest } from '../agents/index.ts'
import { MayflyError } from '../errors/index.ts'
import { exportMissing, indexExports, type LinkPlan } from '../link/index.ts'
import {
  bridgeOf,
  crossingPlan,
  type Crossing,
  type CrossingFunction,
  type CrossingPlan,
} from './crossing.ts'
import { decodeError } from './encoded-error.ts'
import { malformed, TO_GROUP, type FrameReader, type FrameWriter } from './frame.ts'
import { decodeStats } from './sent-stats.ts'

// A compiler that has half a core takes some seconds for the largest component.
const COMPILING_MS = 60_000
// After its deadline, or ten seconds, it is stopped; or when trials show that each slot takes long.
const MAX_INITIALISING_MS = 10_000
const MARGIN_MS = 3_000

const NO_STATS: SandboxStats = {
  pauses: 0,
  slots: 0,
  slotsWaiting: 0,
  waiting: { guests: 0, bytes: 0, refused: 0, moves: 0, kept: {} },
  imageBytes: 0,
  stampMicros: 0,
  reset: 'fresh',
  unstampable: [],
}

export class RemoteAgent {
  readonly id: number
  readonly name: string
  readonly plan: CrossingPlan
  /** As it last was. */
  stats: SandboxStats = NO_STATS
  /** Whether the present process has loaded it. */
  isUp = false
  /** Why it did not load again. */
  refusal: MayflyError | undefined
  /** Settles once the process has loaded it. */
  loaded: Promise<void> = Promise.resolve()
  readonly #request: SiteRequest
  readonly #link: LinkPlan
  #asked = false
  #calls = 0
  /** Whether a call has ended since its counts were asked for. */
  #hasChanged = false
  /** Looks of the watchdog since it was sent or, later, since it initialises; nothing when it is not loading. */
  #looks: number | undefined
  #mayTakeMs = COMPILING_MS
  /** Whether the process has said so: once for each time it loads it. */
  #initialises = false
  #resolve: () => void = () => {}
  #reject: (error: MayflyError) => void = () => {}

  constructor(id: number, request: SiteRequest) {
    this.id = id
    this.name = request.manifest.name
    this.plan = crossingPlan(request.plan)
    this.#link = request.plan
    this.#request = request
    this.#renew()
  }

  /** It is sent to a process. */
  loads(): void {
    if (this.refusal !== undefined || this.isUp) this.#renew()
    this.isUp = false
    this.refusal = undefined
    this.#looks = 0
    this.#mayTakeMs = COMPILING_MS
    this.#initialises = false
  }

  loadFrame(writer: FrameWriter, crossing: Crossing): Uint8Array {
    const { manifest, component, initial } = this.#request
    // The bounds of the guest; its grants stay here.
    const { name, limits, features } = manifest
    const side = { state: new InstanceState(), bridge: bridgeOf(this.plan) }
    writer
      .begin(TO_GROUP.load)
      .u32(this.id)
      .block(new TextEncoder().encode(JSON.stringify({ name, limits, features })))
      .u32(initial.size)
    for (const [index, value] of initial) {
      const imported = this.plan.imports[index]
      const answer = imported?.throws === true ? { tag: 'ok', val: value } : value
      writer.u32(index).block(crossing.write(imported?.result, side, answer))
    }
    return writer.bytes(component).end()
  }

  /** @throws {MayflyError} ERR_EXPORT_MISSING */
  exportOf(name: string): { readonly number: number; readonly exported: CrossingFunction } {
    const number = this.plan.exportNumbers.get(name)
    const exported = number === undefined ? undefined : this.plan.exports[number]
    if (number !== undefined && exported !== undefined) return { number, exported }
    throw exportMissing('function', name, indexExports(this.#link.exports).names)
  }

  /** A call of it begins. */
  begins(): void {
    this.#calls++
  }

  /** A call of it is over. */
  ends(): void {
    this.#calls--
    this.#hasChanged = true
  }

  /** Whether its counts may differ from those that are known. */
  get isBusy(): boolean {
    return this.#calls > 0 || this.#hasChanged
  }

  /** Whether its counts are to be asked for: not while they are on their way. */
  asksForStats(): boolean {
    if (this.#asked || !this.isUp) return false
    this.#hasChanged = false
    return (this.#asked = true)
  }

  /** The process is about to run its start functions. */
  initialises(): void {
    if (this.#looks === undefined) throw malformed(`agent ${this.id} is not loading`)
    if (this.#initialises) throw malformed(`agent ${this.id} initialises already`)
    this.#initialises = true
    const { deadlineMs } = this.#request.manifest.limits
    this.#mayTakeMs = Math.min(deadlineMs, MAX_INITIALISING_MS) + MARGIN_MS
    this.#looks = 0
  }

  /** The process has loaded it, or says why not. */
  arrived(frame: FrameReader): void {
    if (this.#looks === undefined) throw malformed(`agent ${this.id} was loaded before`)
    this.#looks = undefined
    if (frame.u8() === 1) {
      this.isUp = true
      this.stats = decodeStats(frame.restText())
      return this.#resolve()
    }
    this.refusal = decodeError(frame.restText())
    this.#reject(this.refusal)
  }

  /** Its counts, which were asked for. */
  counted(frame: FrameReader): void {
    if (!this.#asked) throw malformed('the counts were not asked for')
    this.#asked = false
    this.stats = decodeStats(frame.restText())
  }

  /** Its process has ended. */
  ended(group: string, reason: string): void {
    const wasLoading = this.#looks !== undefined
    this.#looks = undefined
    this.#asked = false
    this.stats = NO_STATS
    if (wasLoading) {
      const message = `Cannot load agent "${this.name}": the process of group "${group}" ended: ${reason}`
      this.refusal = new MayflyError('ERR_HOST_UNAVAILABLE', message)
      return this.#reject(this.refusal)
    }
    this.#renew()
    this.isUp = false
  }

  /** The watchdog looks, each `lookMs`. Whether it should have loaded by now. */
  looked(lookMs: number): boolean {
    return this.#looks !== undefined && ++this.#looks * lookMs > this.#mayTakeMs
  }

  #renew(): void {
    this.loaded = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    // A call that waits for it has its own handler.
    this.loaded.catch(() => {})
  }
}
