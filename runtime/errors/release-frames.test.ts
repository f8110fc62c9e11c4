import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, it } from 'vitest'
import { releaseFrames } from './release-frames.ts'

setFlagsFromString('--expose-gc')
// The cast: that flag has made it.
const collect = runInNewContext('gc') as () => void

class Failing {
  fail(cause?: unknown): Error {
    return new Error('failed', { cause })
  }
}

/** An error, and the object that was on the stack where it, or its cause, was made. */
function failed(isCause: boolean): [Error, WeakRef<Failing>] {
  const failing = new Failing()
  const error = failing.fail()
  return [isCause ? new Error('outer', { cause: error }) : error, new WeakRef(failing)]
}

it.for([false, true])(
  'releaseFrames() frees what was on the stack (of the cause: %s)',
  async (of) => {
    const [error, ref] = failed(of)
    releaseFrames(error)
    await expect
      .poll(async () => {
        await sleep(0)
        collect()
        return ref.deref()
      })
      .toBeUndefined()
    const { stack } = of ? (error.cause as Error) : error
    expect(stack).toContain('Failing.fail')
  },
)

it('releaseFrames() ends where errors cause each other, and takes anything', () => {
  const error = new Error('one')
  error.cause = new Error('two', { cause: error })
  releaseFrames(error)
  releaseFrames('text')
})
