/**
 * One slot held by hand, to measure stamping and calling separately, without the code around them in `agent.call`.
 *
 * @module
 */
import { decodeComponent, readSnapshot } from '../../../runtime/binary/index.ts'
import { makePlan, type HostDispatcher } from '../../../runtime/link/index.ts'
import { CodeMaker, PageStore, ShapeStore, Slot, type Image } from '../../../runtime/stamp/index.ts'

export interface SlotSetting {
  /** Mark the pages that are written, and restore those only. */
  readonly marks: boolean
  readonly fuel: boolean
}

export interface HeldSlot {
  /** Of all pages of the image, shared or not. */
  readonly imageBytes: number
  /** Puts back the state after initialisation: `stampState` and `scrub`. */
  stamp(): void
  /** Puts back memories, globals and tables. */
  stampState(): void
  /** Puts back the host's side: handles, tasks, fuel. */
  scrub(): void
  /** Makes and drops another slot of the shape, empty, as the pool makes them. */
  another(): void
  /** Makes and drops another slot in the state after initialisation: the way without stamping. */
  fresh(): void
  /** The same, and calls an export of it. */
  freshCall(name: string, args: readonly unknown[]): unknown
  /** Makes another slot with the data of the component. The returned function takes its image, which shares no page. */
  initialise(): () => void
  /** Calls an export. A promise when it is lifted asynchronously. */
  call(name: string, args: readonly unknown[]): unknown
}

const MAX_MEMORY_PAGES = 1024

export async function holdSlot(
  component: Uint8Array,
  { marks, fuel }: SlotSetting,
): Promise<HeldSlot> {
  const plan = makePlan(decodeComponent(component), component)
  const shape = await new CodeMaker().acquire(new ShapeStore(), component, plan, new Set(), {
    marks,
    fuel,
    undoGrowth: true,
    maxMemoryPages: MAX_MEMORY_PAGES,
  })
  const data = plan.modules.map(({ start, end }) => readSnapshot(component.subarray(start, end)))
  const store = new PageStore()
  const slot = new Slot(shape, store, { host: NO_HOST, data })
  const image: Image = slot.stamper.capture()
  const bytes = image.memoryBytes
  const another = (): Slot => new Slot(shape, store, { host: NO_HOST, data: undefined, bytes })
  const fresh = (): Slot => {
    const made = another()
    stampOn(made, image)
    return made
  }
  const stampState = (): void => stampOn(slot, image)
  const scrub = (): void => {
    slot.instance.reset()
    slot.meter.begin()
  }
  return {
    imageBytes: bytes,
    stamp() {
      stampState()
      scrub()
    },
    stampState,
    scrub,
    another: () => void another(),
    fresh: () => void fresh(),
    freshCall(name, args) {
      const made = fresh()
      made.meter.begin()
      return call(made, name, args)
    },
    initialise() {
      const made = new Slot(shape, new PageStore(), { host: NO_HOST, data })
      return () => void made.stamper.capture()
    },
    call: (name, args) => call(slot, name, args),
  }
}

const NO_HOST: HostDispatcher = {
  call() {
    throw new TypeError('Cannot call an import: the subject is to compute only')
  },
}

function stampOn(slot: Slot, image: Image): void {
  if (slot.stamper.stamp(image) === 'discard') throw new RangeError('Cannot stamp: it grew')
}

function call({ instance }: Slot, name: string, args: readonly unknown[]): unknown {
  const exported = instance.lookup(name)
  return exported.suspends ? exported.callAsync(args) : exported.call(args)
}
