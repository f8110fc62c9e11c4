/** Which clients `/` lists the agents for. */
import { expect, it } from 'vitest'
import type { IndexClient } from '../../app/index.ts'
import { indexRule } from './index-rule.ts'

const LOCAL = { host: 'localhost:8787', address: '127.0.0.1', headers: new Headers() }

it.each<readonly [facts: Partial<IndexClient>, isShown: boolean]>([
  [{}, true],
  [{ host: '[::1]:8787', address: '::1' }, true],
  [{ address: '10.0.0.7' }, false],
  [{ address: undefined }, false],
  [{ host: 'agents.example' }, false],
  ...['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip'].map(
    (name): readonly [Partial<IndexClient>, boolean] => [
      { headers: new Headers([[name, 'x']]) },
      false,
    ],
  ),
])('indexRule() of local clients: %j is %s', (facts, isShown) => {
  const client = { ...LOCAL, ...facts }
  expect(indexRule('local')(client)).toBe(isShown)
  expect([indexRule('on')(client), indexRule('off')(client)]).toEqual([true, false])
})
