/**
 * One slot of a component, with everything that is needed to look into it, for tests.
 *
 * @module
 */
import { BLOCK_SHIFT, decodeComponent, MARK_SLACK_BYTES, readSnapshot } from '../../binary/index.ts'
import { makePlan, type HostDispatcher } from '../../link/index.ts'
import {
  PAGE_BYTES,
  CodeMaker,
  PageStore,
  ShapeStore,
  Slot,
  type Image,
} from '../../stamp/index.ts'

export interface OpenSlot {
  readonly slot: Slot
  readonly image: Image
  readonly store: PageStore
  call(name: string, ...args: readonly unknown[]): unknown
  /** Blocks that differ from the image although nothing marked them. */
  unmarked(): string[]
  /** Erases the mark of one block that differs, as if a store had not been marked. Returns whether there was one. */
  dropMark(): boolean
}

export interface OpenSlotOptions {
  marks: boolean
  host?: HostDispatcher
  suspending?: ReadonlySet<number>
}

const BLOCK_BYTES = 1 << BLOCK_SHIFT
const BLOCKS_A_PAGE = PAGE_BYTES / BLOCK_BYTES

const NO_HOST: HostDispatcher = {
  call() {
    throw new Error('the host was called')
  },
}

export async function openSlot(
  component: Uint8Array,
  { marks, host = NO_HOST, suspending = new Set() }: OpenSlotOptions,
): Promise<OpenSlot> {
  const plan = makePlan(decodeComponent(component), component)
  const options = { marks, fuel: true, undoGrowth: true, maxMemoryPages: 1024 }
  const shape = await new CodeMaker().acquire(
    new ShapeStore(),
    component,
    plan,
    suspending,
    options,
  )
  const data = plan.modules.map(({ start, end }) => readSnapshot(component.subarray(start, end)))
  const store = new PageStore()
  const slot = new Slot(shape, store, { host, data })
  const image = slot.stamper.capture()

  function* changed(): Generator<Changed> {
    for (const [i, { memory, map }] of slot.stamper.state.memories.entries()) {
      if (map === undefined) throw new Error('the modules do not mark')
      const bytes = Buffer.from(memory.buffer)
      for (const [page, number] of (image.memories[i]?.numbers ?? []).entries()) {
        const now = bytes.subarray(page * PAGE_BYTES, (page + 1) * PAGE_BYTES)
        const before = store.view(number)
        if (now.equals(before)) continue
        for (let at = 0; at < PAGE_BYTES; at += BLOCK_BYTES) {
          const block = page * BLOCKS_A_PAGE + at / BLOCK_BYTES
          const own = now.subarray(at, at + BLOCK_BYTES)
          const other = before.subarray(at, at + BLOCK_BYTES)
          if (!own.equals(other))
            yield { memory: i, block, map: new Uint8Array(map.buffer), now: own, before: other }
        }
      }
    }
  }

  return {
    slot,
    image,
    store,
    call: (name, ...args) => {
      slot.meter.begin()
      const exported = slot.instance.lookup(name)
      return exported.suspends ? exported.callAsync(args) : exported.call(args)
    },
    unmarked: () =>
      [...changed()]
        .filter((each) => !isCovered(each))
        .map(({ memory, block }) => `memory ${memory}: block ${block}`),
    dropMark() {
      for (const { map, block } of changed()) {
        // The block before covers the first bytes of this one.
        map[block] = 0
        if (block > 0) map[block - 1] = 0
        return true
      }
      return false
    },
  }
}

interface Changed {
  readonly memory: number
  readonly block: number
  readonly map: Uint8Array
  readonly now: Buffer
  readonly before: Uint8Array
}

/** A mark stands for its block and for the first bytes of the next, where a store may end. */
function isCovered({ map, block, now, before }: Changed): boolean {
  if (map[block] !== 0) return true
  const rest = now.subarray(MARK_SLACK_BYTES).equals(before.subarray(MARK_SLACK_BYTES))
  return rest && block > 0 && map[block - 1] !== 0
}
