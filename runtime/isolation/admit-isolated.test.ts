import { describe, expect, it } from 'vitest'
import { decodeComponent } from '../binary/index.ts'
import { makePlan, type LinkPlan } from '../link/index.ts'
import { manifestFromObject } from '../manifest/index.ts'
import { service, RESPONSE } from '../wasi/testing/service.ts'
import { PASS_ON, REFUSE, streamingService } from '../wasi/testing/streaming-service.ts'
import { admitIsolated } from './admit-isolated.ts'

const manifest = manifestFromObject({ name: 'isolated' })

async function planOf(building: Promise<Uint8Array>): Promise<LinkPlan> {
  const bytes = await building
  return makePlan(decodeComponent(bytes), bytes)
}

describe('admitIsolated()', () => {
  it('admits a component of WASI 0.2', async () => {
    admitIsolated({ manifest, plan: await planOf(service(RESPONSE)) })
  })

  it.each([PASS_ON, REFUSE])(
    'refuses a component of WASI 0.3 before its first call',
    async (code) => {
      const plan = await planOf(streamingService(code))
      expect(() => admitIsolated({ manifest, plan })).toThrow(
        expect.objectContaining({
          code: 'ERR_COMPONENT_UNSUPPORTED',
          message: expect.stringContaining(
            'of "wasi:http/types@0.3.0" passes a stream or a future',
          ),
          hint: 'Build "isolated" for WASI 0.2, or serve it without --isolate',
        }),
      )
    },
  )
})
