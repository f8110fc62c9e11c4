import { parse } from '@bytecodealliance/jco'
import { expect, it } from 'vitest'
import { decodeComponent } from '../../binary/index.ts'
import { makePlan } from './make-plan.ts'

async function planOf(interfaceName: string): Promise<unknown> {
  const component = await parse(`(component
    (import "${interfaceName}" (instance $i
      (export "read-via-stream" (func (result (stream u8))))))
    (core func $read (canon lower (func $i "read-via-stream")))
    (core module $m (import "" "read" (func (result i32))))
    (core instance (instantiate $m (with "" (instance (export "read" (func $read)))))))`)
  return makePlan(decodeComponent(component), component)
}

it('unsupported() says of streams of WASI 0.3 that it is not there yet', async () => {
  await expect(planOf('wasi:cli/stdin@0.3.0')).rejects.toMatchObject({
    code: 'ERR_COMPONENT_UNSUPPORTED',
    message: expect.stringContaining('it uses the type "stream"'),
    hint: 'WASI 0.3 is not provided yet: build the component for WASI 0.2',
  })
})

it('unsupported() says nothing of WASI where another interface has streams', async () => {
  const refused = planOf('acme:cli/stdin@0.3.0')
  await expect(refused).rejects.toMatchObject({ code: 'ERR_COMPONENT_UNSUPPORTED' })
  await expect(refused).rejects.not.toHaveProperty('hint', expect.any(String))
})
