import { parse } from '@bytecodealliance/jco'
import { describe, expect, it } from 'vitest'
import { decodeComponent } from './decode-component.ts'
import { FUNCTIONS_SECTION, functionsSection, moved, takeComponentApart } from './skeleton.ts'

const SNAPSHOT = `(core module (import "a" "g" (global i32))
    (memory (export "memory") 2 5) (global (mut i32) (i32.const 7)) (global (mut i64) (i64.const -1))
    (global f32 (f32.const 1)) (data (i32.const 9) "first") (data (i32.const 65000) "second")
    (func (export "f") (drop (i32.load (i32.const 4)))))`

async function apart(text: string) {
  const bytes = await parse(`(component ${text})`)
  const found = takeComponentApart(bytes)
  if (found === undefined) throw new Error('Cannot take component apart')
  const { bytes: code, ...rest } = found
  return { component: bytes, code, ...rest }
}

describe('takeComponentApart()', () => {
  it('takes out the state of a snapshot', async () => {
    const { states } = await apart(SNAPSHOT)
    expect(states).toMatchObject([
      { pages: 2, values: [7, -1n], data: [{ address: 9 }, { address: 65_000 }] },
    ])
  })

  it.each([
    ['data', '"first"', '"other, longer"'],
    ['addresses', '(i32.const 9)', '(i32.const 40000)'],
    ['the number of segments', '(data (i32.const 9) "first")', ''],
    ['a memory', '2 5', '4 5'],
    ['a number', '(i32.const 7)', '(i32.const -70000)'],
  ])('leaves out %s', async (_, from, to) => {
    const { code } = await apart(SNAPSHOT)
    expect((await apart(SNAPSHOT.replace(from, to))).code).toEqual(code)
  })

  it.each([
    ['code', 'i32.const 4', 'i32.const 8'],
    ['the bound of a memory', '2 5', '2 6'],
    ['a constant', 'f32.const 1', 'f32.const 2'],
    ['what can change', '(global (mut i32)', '(global i32'],
    ['that there is data', /\(data.*"second"\)/, ''],
  ])('keeps %s', async (_, from, to) => {
    const { code } = await apart(SNAPSHOT)
    expect((await apart(SNAPSHOT.replace(from, to))).code).not.toEqual(code)
  })

  it.each([
    ['passive data', '(core module (memory 1) (data "x"))'],
    [
      'data at an address that is not constant',
      '(core module (import "a" "g" (global $g i32)) (memory 1) (data (global.get $g) "x"))',
    ],
    ['a memory of 64 bits', '(core module (memory i64 1))'],
    ['a shared memory', '(core module (memory 1 1 shared))'],
    ['two memories', '(core module (memory 1) (memory 1))'],
    ['a global with a reference', '(core module (global (mut funcref) (ref.null func)))'],
  ])('keeps all of a module with %s', async (_, text) => {
    expect((await apart(text)).states).toEqual([undefined])
  })

  it('leaves out the functions that an agent declares, wherever they stand', async () => {
    const { code, layout } = await apart(`${SNAPSHOT} (@custom "end" "text")`)
    const declared = `(@custom "${FUNCTIONS_SECTION}" "[]")`
    for (const text of [
      `${declared} ${SNAPSHOT} (@custom "end" "text")`,
      `${SNAPSHOT} ${declared} (@custom "end" "text")`,
      `${SNAPSHOT} (@custom "end" "text") ${declared} ${declared}`,
    ]) {
      const found = await apart(text)
      expect(found.code).toEqual(code)
      expect(found.layout.sections.length).toBe(layout.sections.length)
    }
    expect((await apart(`${SNAPSHOT} (@custom "end" "else")`)).code).not.toEqual(code)
  })

  it('finds nothing in what is no component', () => {
    expect(takeComponentApart(new Uint8Array())).toBeUndefined()
    expect(takeComponentApart(Uint8Array.of(0, 97, 115, 109, 13, 0, 1, 0, 1, 99))).toBeUndefined()
  })

  it('is equal only for modules that are valid alike', async () => {
    const { component, layout } = await apart(SNAPSHOT)
    const [module] = layout.modules
    const original = key(component)
    let equal = 0
    // Every byte of the module, replaced by each value: lengths, flags, opcodes and types are among them.
    for (let at = module?.start ?? 0; at < (module?.end ?? 0); at++)
      for (let value = 0; value < 256; value++) {
        const changed = component.slice()
        changed[at] = value
        if (key(changed) !== original) continue
        equal++
        const range = takeComponentApart(changed)?.layout.modules[0]
        expect(WebAssembly.validate(changed.slice(range?.start, range?.end))).toBe(true)
      }
    expect(equal).toBeGreaterThan(1000)
  })
})

it('functionsSection() returns the first one, and nothing without any', async () => {
  const { component } = await apart(
    `(@custom "other" "a") (@custom "${FUNCTIONS_SECTION}" "one") (@custom "${FUNCTIONS_SECTION}" "two")`,
  )
  expect(new TextDecoder().decode(functionsSection(component))).toBe('one')
  expect(functionsSection((await apart(SNAPSHOT)).component)).toBeUndefined()
})

describe('moved()', () => {
  it('finds modules and sections of another component with the same skeleton', async () => {
    const text = (data: string): string =>
      `(core module ${data}) (component (core module (func))) (core module $last (memory 1)) (@custom "end" "text")`
    const [before, after] = [
      await apart(text('(memory 1) (data (i32.const 0) "a")')),
      await apart(text(`(memory 1) (data (i32.const 0) "${'long '.repeat(90)}")`)),
    ]
    expect(after.component).not.toEqual(before.component)
    expect(after.code).toEqual(before.code)
    const [from, to] = [rangesOf(before.component), rangesOf(after.component)]
    expect(from.map((range) => moved(range, before.layout, after.layout))).toEqual(to)
  })
})

function key(component: Uint8Array): string | undefined {
  return takeComponentApart(component)?.bytes.join()
}

/** The modules and custom sections, as the decoder finds them. */
function rangesOf(bytes: Uint8Array): { start: number; end: number }[] {
  const { definitions, customSections } = decodeComponent(bytes)
  const modules = definitions.flatMap((each) => {
    if (each.kind === 'core module') return [each.range]
    if (each.kind !== 'component') return []
    return each.component.definitions.flatMap((inner) =>
      inner.kind === 'core module' ? [inner.range] : [],
    )
  })
  return [...modules, ...customSections.map(({ start, end }) => ({ start, end }))]
}
