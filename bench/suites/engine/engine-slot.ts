/**
 * One slot of the engine held by hand, to look at stamping and calling apart from each other and from what
 * surrounds them in `agent.call`.
 *
 * @module
 */
import { decodeComponent, readSnapshot } from '../../../runtime/binary/index.ts'
import { makePlan } from '../../../runtime/link/index.ts'
import { PageStore, ShapeStore, Slot, type Image } from '../../../runtime/stamp/index.ts'

export interface SlotSetting {
  /** Mark the pages that are written, and restore those only. */
  readonly marks: boolean
  readonly fuel: boolean
}

export interface HeldSlot {
  /** Puts back the state after initialisation. */
  stamp(): void
  /** Makes and drops another slot of the shape. */
  another(): void
  /** Calls an export. A promise when it is lifted asynchronously. */
  call(name: string, args: readonly unknown[]): unknown
}

const MAX_MEMORY_PAGES = 1024

export async function holdSlot(
  component: Uint8Array,
  { marks, fuel }: SlotSetting,
): Promise<HeldSlot> {
  const plan = makePlan(decodeComponent(component), component)
  const shape = await new ShapeStore().acquire(component, plan, new Set(), {
    marks,
    fuel,
    undoGrowth: true,
    maxMemoryPages: MAX_MEMORY_PAGES,
  })
  const data = plan.modules.map(({ start, end }) => readSnapshot(component.subarray(start, end)))
  const store = new PageStore()
  const make = (): Slot =>
    new Slot(shape, store, {
      host: {
        call() {
          throw new TypeError('Cannot call an import: the subject is to compute only')
        },
      },
      data,
    })
  const slot = make()
  const image: Image = slot.stamper.capture()
  return {
    stamp() {
      if (slot.stamper.stamp(image) === 'discard') throw new RangeError('Cannot stamp: it grew')
      slot.instance.reset()
      slot.meter.begin()
    },
    another: () => void make(),
    call(name, args) {
      const exported = slot.instance.lookup(name)
      return exported.suspends ? exported.callAsync(args) : exported.call(args)
    },
  }
}
