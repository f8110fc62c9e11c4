/**
 * Random programs: rewriting changes neither results nor memory, and their writes are put back.
 *
 * @module
 */
import { expect, test } from 'vitest'
import { differences } from './differences.ts'
import { callExport, moduleSlot, wat } from './testing/module-slot.ts'
import { randomProgram } from './testing/random-program.ts'

const PROGRAMS = 250

test('random programs run as before and leave nothing behind', async () => {
  let dirty = 0
  for (let seed = 1; seed <= PROGRAMS; seed++) {
    const bytes = await wat(randomProgram(seed))
    const plain = new WebAssembly.Instance(new WebAssembly.Module(bytes))
    const slot = moduleSlot(bytes, { marks: true, fuel: true, undoGrowth: true })
    const image = slot.stamper.capture()
    for (let round = 0; round < 2; round++) {
      slot.meter.begin()
      const fresh = round === 0 ? plain : new WebAssembly.Instance(new WebAssembly.Module(bytes))
      const expected = callExport(fresh, 'run', [seed * 77])
      expect(slot.call('run', seed * 77), `seed ${seed}`).toBe(expected)
      const memory = slot.stamper.state.memories[0]?.memory
      const theirs = fresh.exports['memory']
      if (!(theirs instanceof WebAssembly.Memory) || memory === undefined) throw new TypeError()
      expect(equal(memory.buffer, theirs.buffer), `seed ${seed}`).toBe(true)
      dirty += differences(slot.stamper.state, image, slot.store).length
      expect(slot.stamper.stamp(image)).toBe('stamped')
      expect(differences(slot.stamper.state, image, slot.store), `seed ${seed}`).toEqual([])
    }
  }
  expect(dirty).toBeGreaterThan(PROGRAMS)
}, 60_000)

function equal(left: ArrayBuffer, right: ArrayBuffer): boolean {
  const a = new Uint32Array(left)
  const b = new Uint32Array(right)
  return a.length === b.length && a.every((word, i) => word === b[i])
}
