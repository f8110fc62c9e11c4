/**
 * Fresh state for agents of every language: the stamp, beside a fresh instance of our own linker and of jco, which are
 * the ways without stamping.
 *
 * JavaScript and StarlingMonkey run the same handler; AssemblyScript and C count the same words.
 *
 * @module
 */
import { assertEqualAnswers, get } from '../../contenders/agent-message.ts'
import { jco, jcoFunction } from '../../contenders/jco.ts'
import { interleave, named, ratioOf } from '../../measure/interleave.ts'
import type { Finding, Goal } from '../../measure/result.ts'
import { holdSlot } from '../agents/held-slot.ts'
import { assemblyScript, HANDLE, handlerSource, onQuickJs } from '../agents/subjects/components.ts'
import { Skipped, type Case, type CaseContext } from '../suite.ts'
import { onStarlingMonkey, wordsInC } from './subjects/toolchains.ts'

interface Language {
  readonly name: string
  readonly call: readonly [name: string, args: readonly unknown[]]
  /** Of a fresh instance to the stamp. */
  readonly goal?: Goal
  component(): Promise<Uint8Array>
}

const HANDLING = [HANDLE, [get('http://any/ada')]] as const
const COUNTING = ['count', ['the quick brown fox jumps over the lazy dog']] as const

const LANGUAGES: readonly Language[] = [
  {
    name: 'JavaScript (QuickJS)',
    call: HANDLING,
    component: async () => onQuickJs(await handlerSource('greeter')),
  },
  {
    name: 'JavaScript (StarlingMonkey)',
    call: HANDLING,
    goal: { on: 'ratio', quantile: 'p50', atLeast: 20 },
    component: async () => onStarlingMonkey(await handlerSource('greeter')),
  },
  {
    name: 'AssemblyScript',
    call: COUNTING,
    component: async () => (await assemblyScript('words')).component,
  },
  { name: 'C', call: COUNTING, component: wordsInC },
]

export const languages: Case = {
  name: 'languages',
  async run(context) {
    const findings: Finding[] = []
    const answers: Record<string, unknown> = {}
    for (const [index, language] of LANGUAGES.entries()) {
      try {
        const { found, answer } = await measure(language, context)
        findings.push(...found)
        const first = LANGUAGES.find(({ call }) => call === language.call)?.name ?? language.name
        const same = { [first]: answers[first] ?? answer, [language.name]: answer }
        assertEqualAnswers(same)
        answers[language.name] = answer
      } catch (error) {
        if (!(error instanceof Skipped)) throw error
        context.skip(error.message)
      }
      context.progress((index + 1) / LANGUAGES.length)
    }
    return findings
  },
}

async function measure(
  { name: language, call: [name, args], goal, component: build }: Language,
  { sampling }: CaseContext,
): Promise<{ found: Finding[]; answer: unknown }> {
  const component = await build()
  const slot = await holdSlot(component, { marks: true, fuel: true })
  const instantiate = await jco(component)
  const inJco = (): unknown => jcoFunction(instantiate(), name)(...args)
  const answer = await slot.call(name, args)
  assertEqualAnswers({
    mayfly: answer,
    fresh: await slot.freshCall(name, args),
    jco: await inJco(),
  })
  const measured = await interleave(
    [
      { name: 'stamp', before: () => slot.call(name, args), run: () => slot.stamp() },
      { name: 'fresh instance', run: () => slot.fresh() },
      { name: 'jco instantiate', run: () => void instantiate() },
    ],
    { ...sampling, warmUpMs: (sampling.warmUpMs ?? 0) / 4 },
  )
  const calls = await interleave(
    [
      {
        name: 'stamp + call',
        run: () => {
          slot.stamp()
          return slot.call(name, args)
        },
      },
      { name: 'fresh instance + call', run: () => slot.freshCall(name, args) },
      { name: 'jco instantiate + call', run: inJco },
    ],
    { ...sampling, warmUpMs: (sampling.warmUpMs ?? 0) / 4 },
  )
  const stamp = named(measured, 'stamp')
  const stamped = named(calls, 'stamp + call')
  const found = [...measured, ...calls].map((each): Finding => {
    const isCall = calls.includes(each)
    const base = isCall ? stamped : stamp
    const isGoal = each.name === 'fresh instance' && goal !== undefined
    return {
      measure: `fresh state, ${language}`,
      subject: each.name,
      ...(each.name.startsWith('jco') ? { contender: true } : {}),
      unit: 'µs',
      value: each.time,
      ...(each === base
        ? {}
        : { ratio: { of: `${each.name} ÷ ${base.name}`, value: ratioOf(each, base) } }),
      ...(isGoal ? { goal } : {}),
    }
  })
  return { found, answer }
}
