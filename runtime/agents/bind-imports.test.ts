/** Thousands of imports without a provider: the search for the nearest names must not take for ever. @module */
import { parse } from '@bytecodealliance/jco'
import { expect, it } from 'vitest'
import { isMayflyError, type MayflyError } from '../errors/index.ts'
import { Runtime } from '../presets/index.ts'

/** Calls `functions` functions of each of `interfaces`. */
async function importing(interfaces: readonly string[], functions: number): Promise<Uint8Array> {
  const all = interfaces.flatMap((_, i) =>
    Array.from({ length: functions }, (_, f) => `f-${i}-${f}`),
  )
  const instances = interfaces.map((name, i) => {
    const exported = all.filter((each) => each.startsWith(`f-${i}-`))
    return `(import "${name}" (instance $i${i} ${exported.map((each) => `(export "${each}" (func))`).join(' ')}))
      ${exported.map((each) => `(core func $${each} (canon lower (func $i${i} "${each}")))`).join(' ')}`
  })
  return parse(`(component ${instances.join(' ')}
    (core module $m ${all.map((each) => `(import "" "${each}" (func))`).join(' ')})
    (core instance (instantiate $m
      (with "" (instance ${all.map((each) => `(export "${each}" (func $${each}))`).join(' ')})))))`)
}

async function refusal(component: Uint8Array): Promise<MayflyError> {
  const runtime = new Runtime()
  const loading = runtime.load({ component: component.slice(), manifest: { name: 'a' } })
  const error: unknown = await loading.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  await runtime.close()
  if (isMayflyError(error)) return error
  throw new Error('was not refused')
}

it('load() looks once for what is near to an interface of hundreds of functions', async () => {
  const component = await importing([`acme:x/${'a'.repeat(9_000)}`], 300)
  const startedAt = performance.now()
  expect((await refusal(component)).code).toBe('ERR_IMPORT_UNSATISFIED')
  expect(performance.now() - startedAt).toBeLessThan(3_000)
}, 30_000)

it('load() lists the first interfaces without a provider, not thousands', async () => {
  const names = Array.from({ length: 500 }, (_, index) => `acme:x/i${index}`)
  const { message } = await refusal(await importing(names, 1))
  expect(message.split('\n')).toHaveLength(50)
  expect(message).toContain('"acme:x/i0"')
})
