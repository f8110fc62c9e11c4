/** The price of clean state for one request: the same handler, isolated in every way there is. @module */
import { get } from '../../contenders/agent-message.ts'
import { comparable, type Contender, type Opened } from '../../contenders/contender.ts'
import { HEAVY, LIGHT, SERVED } from '../../contenders/index.ts'
import { interleave, named, ratioOf, type InterleaveOptions } from '../../measure/interleave.ts'
import type { Finding } from '../../measure/result.ts'
import { handlerSource } from '../agents/subjects/components.ts'
import { Skipped, type Case } from '../suite.ts'

export const MEASURE = 'one request with clean state'
const REQUEST = get('http://any/ada')

export const isolation: Case = {
  name: 'isolation',
  against: false,
  run: ({ sampling, skip }) => measure(LIGHT, 'mayfly', sampling, skip),
}

export const processes: Case = {
  name: 'processes',
  against: false,
  run: ({ sampling, skip }) =>
    // Three samples a round are enough for subjects that take so long.
    measure(HEAVY, 'mayfly', { ...sampling, batchMs: 1, warmUpMs: 1 }, skip),
}

/** Contenders that include HTTP, measured with HTTP for all. */
export const served: Case = {
  name: 'served',
  against: false,
  run: ({ sampling, skip }) => measure(SERVED, 'mayfly, over HTTP', sampling, skip),
}

async function measure(
  contenders: readonly Contender[],
  self: string,
  sampling: InterleaveOptions,
  skip: (reason: string) => void,
): Promise<Finding[]> {
  const source = await handlerSource('greeter')
  const opened: (Opened & { readonly contender: Contender })[] = []
  let expected: string | undefined
  for (const contender of contenders) {
    try {
      const { answer, close } = await contender.open(source)
      const text = comparable(await answer(REQUEST))
      expected ??= text
      if (text !== expected) throw new Error(`Cannot compare "${contender.name}": ${text}`)
      opened.push({ contender, answer, ...(close && { close }) })
    } catch (error) {
      if (!(error instanceof Skipped)) throw error
      skip(error.message)
    }
  }
  const measured = await interleave(
    opened.map(({ contender, answer }) => ({ name: contender.name, run: () => answer(REQUEST) })),
    sampling,
  )
  for (const { close } of opened) await close?.()
  const own = named(measured, self)
  return opened.map(({ contender }) => {
    const other = named(measured, contender.name)
    return {
      measure: MEASURE,
      subject: contender.name,
      unit: 'µs',
      value: other.time,
      cpu: other.cpu,
      ...(other === own
        ? {}
        : { ratio: { of: `${contender.name} ÷ ${self}`, value: ratioOf(other, own) } }),
      note: contender.isolation,
    }
  })
}
