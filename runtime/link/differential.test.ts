import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { camelCase, type PrimitiveKind, type ValueType } from '../abi/index.ts'
import { instantiate, load, type Encoding } from './testing/component.ts'
import { ECHO_INTERFACE, echoComponent, HOST_INTERFACE } from './testing/echo.ts'
import { oracle } from './testing/oracle.ts'

// Each component costs jco a tenth of a second, so one carries many types and each type many values.
const COMPONENTS = 4
const TYPES_PER_COMPONENT = 12
const VALUES_PER_TYPE = 25
// Fixed, so that the next run repeats a failure.
const SEED = 20261121

const scalars: Record<Exclude<PrimitiveKind, never>, fc.Arbitrary<unknown>> = {
  bool: fc.boolean(),
  s8: fc.integer({ min: -0x80, max: 0x7f }),
  u8: fc.integer({ min: 0, max: 0xff }),
  s16: fc.integer({ min: -0x8000, max: 0x7fff }),
  u16: fc.integer({ min: 0, max: 0xffff }),
  s32: fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff }),
  u32: fc.integer({ min: 0, max: 0xffff_ffff }),
  s64: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  u64: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  f32: fc.float(),
  f64: fc.double(),
  char: fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
  string: fc.string({ unit: 'binary', maxLength: 40 }),
}

const TYPED_ARRAYS: Partial<Record<string, { from(values: never): unknown }>> = {
  u8: Uint8Array,
  s8: Int8Array,
  u16: Uint16Array,
  s16: Int16Array,
  u32: Uint32Array,
  s32: Int32Array,
  u64: BigUint64Array,
  s64: BigInt64Array,
  f32: Float32Array,
  f64: Float64Array,
}

const names = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}-n${index}`)

const scalarType = fc.constantFrom(...Object.keys(scalars)).map((kind) => ({ kind }) as ValueType)

// Floats cannot be keys.
const keyType = scalarType.filter(({ kind }) => kind !== 'f32' && kind !== 'f64')

const valueType: fc.Memo<ValueType> = fc.memo((depth) => {
  if (depth <= 1) return scalarType
  const inner = valueType(depth - 1)
  const maybe = fc.option(inner, { nil: undefined })
  return fc.oneof(
    scalarType,
    fc.array(inner, { minLength: 1, maxLength: 5 }).map((types): ValueType => ({
      kind: 'record',
      fields: types.map((type, index) => ({ name: `field-n${index}`, type })),
    })),
    fc.array(maybe, { minLength: 1, maxLength: 4 }).map((types): ValueType => ({
      kind: 'variant',
      cases: types.map((type, index) => ({ name: `case-n${index}`, ...(type && { type }) })),
    })),
    inner.map((element): ValueType => ({ kind: 'list', element })),
    fc.tuple(keyType, inner).map(([key, value]): ValueType => ({ kind: 'map', key, value })),
    fc
      .array(inner, { minLength: 1, maxLength: 4 })
      .map((elements): ValueType => ({ kind: 'tuple', elements })),
    fc
      .integer({ min: 1, max: 32 })
      .map((n): ValueType => ({ kind: 'flags', names: names('f', n) })),
    fc.constantFrom(1, 3, 256, 257).map((n): ValueType => ({ kind: 'enum', names: names('e', n) })),
    inner.map((some): ValueType => ({ kind: 'option', some })),
    fc.tuple(maybe, maybe).map(([ok, error]): ValueType => ({
      kind: 'result',
      ...(ok && { ok }),
      ...(error && { error }),
    })),
  )
})

function valueOf(type: ValueType): fc.Arbitrary<unknown> {
  switch (type.kind) {
    case 'record':
      return fc.record(
        Object.fromEntries(type.fields.map((each) => [camelCase(each.name), valueOf(each.type)])),
        { noNullPrototype: true },
      )
    case 'variant':
      return fc.oneof(
        ...type.cases.map((each) =>
          each.type === undefined
            ? fc.constant({ tag: each.name })
            : valueOf(each.type).map((val) => ({ tag: each.name, val })),
        ),
      )
    case 'list': {
      const TypedArray = TYPED_ARRAYS[type.element.kind]
      const list = fc.array(valueOf(type.element), { maxLength: 6 })
      return TypedArray === undefined
        ? list
        : list.map((values) => TypedArray.from(values as never))
    }
    case 'map':
      return fc
        .array(fc.tuple(valueOf(type.key), valueOf(type.value)), { maxLength: 4 })
        .map((pairs) => new Map(pairs))
    case 'tuple':
      return fc.tuple(...type.elements.map(valueOf))
    case 'flags':
      return fc.record(
        Object.fromEntries(type.names.map((name) => [camelCase(name), fc.boolean()])),
        { noNullPrototype: true },
      )
    case 'enum':
      return fc.constantFrom(...type.names)
    case 'option':
      return type.some.kind === 'option'
        ? fc.oneof(
            fc.constant({ tag: 'none' }),
            valueOf(type.some).map((val) => ({ tag: 'some', val })),
          )
        : fc.option(valueOf(type.some), { nil: undefined })
    case 'result':
      return fc.oneof(
        ...[type.ok, type.error].map((each, index) =>
          (each === undefined ? fc.constant(undefined) : valueOf(each)).map((val) => ({
            tag: index === 0 ? 'ok' : 'err',
            val,
          })),
        ),
      )
    case 'own':
    case 'borrow':
    case 'stream':
    case 'future':
    case 'error-context':
      throw new TypeError('no handles here')
    default:
      return scalars[type.kind]
  }
}

type Run = (value: unknown) => unknown

/** The result of a call, and its argument as the host saw it. */
function outcome(run: Run, seen: unknown[], value: unknown): unknown {
  seen.length = 0
  try {
    return { returned: run(value), seen: [...seen] }
  } catch (error) {
    if (!(error instanceof Error && 'payload' in error)) throw error
    return { thrown: error.payload, seen: [...seen] }
  }
}

function expected({ kind }: ValueType, value: unknown): unknown {
  if (kind !== 'result') return { returned: value, seen: [value] }
  const { tag, val } = value as { tag: string; val: unknown }
  return { [tag === 'ok' ? 'returned' : 'thrown']: val, seen: [value] }
}

describe('an echo component', () => {
  const types = fc.sample(valueType(4), { numRuns: COMPONENTS * TYPES_PER_COMPONENT, seed: SEED })
  const encodings: Encoding[] = ['utf8', 'utf16', 'compact-utf16', 'utf8']

  for (const [index, encoding] of encodings.entries()) {
    test(
      `returns what it was passed, like jco's, in ${encoding}, component ${index}`,
      { timeout: 60_000 },
      async () => {
        const slice = types.slice(index * TYPES_PER_COMPONENT, (index + 1) * TYPES_PER_COMPONENT)
        const bytes = await echoComponent(slice, encoding)
        const seen: unknown[] = []
        const host = Object.fromEntries(
          slice.map((type, at) => [
            `e${at}`,
            (value: { tag: string; val: unknown }) => {
              seen.push(value)
              if (type.kind !== 'result') return value
              if (value.tag === 'ok') return value.val
              throw Object.assign(new Error('the error case'), { payload: value.val })
            },
          ]),
        )
        const ours = instantiate(load(bytes), { [HOST_INTERFACE]: host })
        // jco 1.35 panics on components that pass strings as latin1+utf16.
        const theirs =
          encoding === 'compact-utf16'
            ? undefined
            : (await oracle(bytes))({ [HOST_INTERFACE]: host })[ECHO_INTERFACE]
        for (const [at, type] of slice.entries()) {
          const exported = ours.lookup(`${ECHO_INTERFACE}#e${at}`)
          fc.assert(
            fc.property(valueOf(type), (value) => {
              const our = outcome((each) => exported.call([each]), seen, value)
              expect(our, JSON.stringify(type)).toEqual(expected(type, value))
              const their = theirs?.[`e${at}`]
              if (their !== undefined) expect(our).toEqual(outcome(their, seen, value))
            }),
            { numRuns: VALUES_PER_TYPE, seed: SEED },
          )
        }
      },
    )
  }
})
