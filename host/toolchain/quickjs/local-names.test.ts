import { describe, expect, it } from 'vitest'
import { buildTimeHost } from './build-time-host.ts'
import { EngineInstance } from './engine-instance.ts'
import { EvaluationClock } from './evaluation-clock.ts'
import { localNames, withOneName } from './local-names.ts'
import { loadTemplate } from './template.ts'

const SOURCE = `let a = 1, b = { c: 2, d: a }, ee = "f", g = \`h\${ee}i\`
class j { k() { return this.#l } #l = b.c }
const { m: n, o } = { m: 3, o: 4 }, p = Map, q = b['r']
export { j as s, n, o, p, q, g }`

describe('localNames()', () => {
  it('has names of variables, and none that is a property, a text, an export or a global', async () => {
    const names = await localNames(SOURCE)
    expect(names).toEqual(expect.arrayContaining(['a', 'b', 'ee', 'g', 'j', 'p', 'q']))
    for (const other of ['c', 'd', 'f', 'h', 'i', 'k', 'm', 'o', 'r', 's', 'Map']) {
      expect(names).not.toContain(other)
    }
  })
})

describe('withOneName()', () => {
  it('leaves what a module does as it is, with fewer names', async () => {
    const { evaluator } = await loadTemplate()
    const source = `const first = (x) => x + 1, second = (y) => first(y) * 2
      class Third { fourth = second(20) }
      globalThis.result = String(new Third().fourth)`
    const clock = new EvaluationClock(10_000)
    const start = () => new EngineInstance(evaluator, buildTimeHost(evaluator), clock)
    const bytecode = start().compileModule(source, 'names')
    const changed = withOneName(bytecode, ['first', 'second', 'Third', 'x', 'y'])
    const texts = [bytecode, changed].map((each) => Buffer.from(each).toString('latin1'))
    expect(texts.map((text) => text.includes('second'))).toEqual([true, false])
    expect(texts.map((text) => text.includes('fourth'))).toEqual([true, true])
    const engine = start()
    engine.evaluateModule(changed)
    const global = engine.exports.qjs_get_global()
    const pointer = engine.exports.qjs_get_string(engine.property(global, 'result'))
    clock.stop()
    expect(Buffer.from(engine.memory.subarray(pointer, pointer + 2)).toString()).toBe('42')
  }, 60_000)
})
