import { describe, expect, it } from 'vitest'
import { MayflyError } from '../errors/index.ts'
import { emptyBudget, emptyHold } from '../host-module/index.ts'
import { manifestFromObject } from '../manifest/index.ts'
import { endLater, enter, fail, type Ending } from './enter.ts'
import { outcomeOf, type Outcome } from './outcome.ts'
import type { Runs, ServedInvocation } from './served-invocation.ts'

/** Notes events in their order. */
class Notes implements Runs<ServedInvocation>, Ending<string> {
  readonly name = 'tester'
  readonly limits = manifestFromObject({ name: 'tester' }).limits
  readonly leftOut: Set<string> = new Set()
  readonly all: string[] = []
  readonly #result: () => unknown
  #value: unknown

  constructor(result: () => unknown) {
    this.#result = result
  }

  run(_: ServedInvocation, name: string): unknown {
    this.all.push(`run ${name}`)
    return this.#result()
  }

  settle(_: ServedInvocation, outcome: Outcome): void {
    this.all.push(`settle ${outcome.state}`)
  }

  returned(value: unknown): Outcome {
    if (value === 'bad') throw new MayflyError('ERR_GUEST_FAILED', 'no answer')
    this.#value = value
    return { state: 'completed', status: 200 }
  }

  threw(error: unknown): Outcome {
    return outcomeOf(error)
  }

  answer(outcome: Outcome): string {
    this.all.push('answer')
    return outcome.state === 'completed' ? String(this.#value) : outcome.state
  }
}

function invocation(): ServedInvocation {
  return {
    agent: 'tester',
    id: '1',
    signal: new AbortController().signal,
    callSignal: new AbortController().signal,
    budget: emptyBudget(),
    held: emptyHold(),
    toolDepth: 8,
    toolFanOut: 0,
    startedAt: 0,
    deadlineAt: 0,
    outcome: undefined,
    outlasted: undefined,
    isArriving: false,
    requestBody: undefined,
    streams() {},
    program: undefined,
    answer: undefined,
    onWait: undefined,
    onStop: undefined,
    answerWith() {},
    defer() {},
    work() {},
    record() {},
    watchDeadline() {},
    watchClient() {},
    halt() {},
    answerOf: (record) => record,
    whenReturned() {},
    answered() {},
    clientLeft() {},
    departed: false,
    holdAnswer: () => true,
    outcomeOf,
    clientGone: () => new MayflyError('ERR_CLIENT_GONE', 'gone'),
    callerEnded: () => new MayflyError('ERR_CLIENT_GONE', 'ended'),
  }
}

function entered(notes: Notes): string | Promise<string> {
  return enter(notes, invocation(), notes, 'greet', [])
}

const SETTLED_ONCE = ['run greet', 'settle completed', 'answer']

describe('enter()', () => {
  it('answers at once when the guest does, and settles first', () => {
    const notes = new Notes(() => 'hello')
    expect(entered(notes)).toBe('hello')
    expect(notes.all).toEqual(SETTLED_ONCE)
  })

  it('answers later when the guest waits', async () => {
    const notes = new Notes(() => Promise.resolve('hello'))
    const answer = entered(notes)
    expect(notes.all).toEqual(['run greet'])
    expect(await answer).toBe('hello')
    expect(notes.all).toEqual(SETTLED_ONCE)
  })

  it.each<[string, () => unknown, string]>([
    ['throws', () => thrown(new Error('trap')), 'trapped'],
    ['rejects', () => Promise.reject(new Error('trap')), 'trapped'],
    ['returns what is no answer', () => 'bad', 'failed'],
    ['resolves with what is no answer', () => Promise.resolve('bad'), 'failed'],
  ])('settles once when the call %s', async (_, result, state) => {
    const notes = new Notes(result)
    expect(await entered(notes)).toBe(state)
    expect(notes.all).toEqual(['run greet', `settle ${state}`, 'answer'])
  })
})

describe('fail()', () => {
  it('settles a call that has not begun', () => {
    const notes = new Notes(() => 'hello')
    expect(fail(notes, invocation(), notes, new Error('before'))).toBe('trapped')
    expect(notes.all).toEqual(['settle trapped', 'answer'])
  })
})

describe('endLater()', () => {
  const returned = (
    value: unknown,
  ): { give: () => void; served: () => boolean; invocation: ServedInvocation } => {
    let give = (): void => {}
    let served = false
    return {
      give: () => give(),
      served: () => served,
      invocation: {
        ...invocation(),
        whenReturned: (take) => {
          give = () => take({ value: () => (typeof value === 'function' ? value() : value) })
        },
        answered: () => {
          served = true
        },
      },
    }
  }

  it.each([
    ['ends well', 'hello', 'completed'],
    ['fails afterwards', undefined, 'trapped'],
  ])('answers when the guest has returned, and settles when it %s', async (_, end, state) => {
    const running = Promise.withResolvers<unknown>()
    const notes = new Notes(() => undefined)
    const guest = returned('hello')
    const answer = endLater(notes, guest.invocation, notes, running.promise)
    guest.give()
    expect(await answer).toBe('hello')
    expect([notes.all, guest.served()]).toEqual([['answer'], true])
    if (end === undefined) running.reject(new Error('trap'))
    else running.resolve(end)
    await running.promise.catch(() => {})
    expect(notes.all).toEqual(['answer', `settle ${state}`])
  })

  describe.each([
    ['what is no answer', 'bad', 'failed'],
    ['an error', () => thrown(new Error('variant')), 'trapped'],
  ])('when the guest has returned %s', (_, value, state) => {
    it.each([
      ['ends', undefined],
      ['fails again', new MayflyError('ERR_LIMIT_EXCEEDED', 'too late')],
    ])('answers at once, and settles with that when it %s', async (__, error) => {
      const running = Promise.withResolvers<unknown>()
      const notes = new Notes(() => undefined)
      const guest = returned(value)
      const answer = endLater(notes, guest.invocation, notes, running.promise)
      guest.give()
      expect(await answer).toBe(state)
      expect([notes.all, guest.served()]).toEqual([['answer'], true])
      if (error !== undefined) running.reject(error)
      else if (typeof value === 'string') running.resolve(value)
      else running.reject(new Error('variant'))
      await running.promise.catch(() => {})
      expect(notes.all).toEqual(['answer', `settle ${state}`])
    })
  })

  it('waits for the end when the guest has returned what may become an answer', async () => {
    const running = Promise.withResolvers<unknown>()
    const notes = new Notes(() => undefined)
    const ending = Object.assign(notes, { completesLater: true })
    const guest = returned('bad')
    const answer = endLater(notes, guest.invocation, ending, running.promise)
    guest.give()
    expect([notes.all, guest.served()]).toEqual([[], false])
    running.resolve('complete by now')
    expect(await answer).toBe('complete by now')
    expect(notes.all).toEqual(['settle completed', 'answer'])
  })

  it('gives an early answer before the end, and settles at the end', async () => {
    const running = Promise.withResolvers<unknown>()
    const notes = new Notes(() => undefined)
    const ending = Object.assign(notes, {
      whenEarly: (give: (answer: string) => void) => give('early'),
    })
    expect(await endLater(notes, invocation(), ending, running.promise)).toBe('early')
    expect(notes.all).toEqual([])
    running.resolve('late')
    await running.promise
    expect(notes.all).toEqual(['settle completed', 'answer'])
  })
})

function thrown(error: Error): never {
  throw error
}
