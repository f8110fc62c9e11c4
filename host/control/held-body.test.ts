import { expect, it } from 'vitest'
import type { Principal, TokenAction } from './access/index.ts'
import { MAX_DEPLOY_BYTES } from './deploy-request.ts'
import { heldBodyBytes } from './held-body.ts'

function holder(...can: TokenAction[]): Principal {
  return { state: 'token', token: { name: 'ci', can, agents: ['*'], routes: [], hosts: [] } }
}

it.each<[string, Principal, number, number]>([
  ['the operator', { state: 'operator' }, MAX_DEPLOY_BYTES, 1_048_576],
  ['a token that deploys', holder('deploy'), MAX_DEPLOY_BYTES, 1_048_576],
  ['a token that does not', holder('read', 'operate', 'approve'), 0, 1_048_576],
  ['a stranger', { state: 'stranger', from: 'here' }, 0, 0],
  ['a token that is not known', { state: 'unknown' }, 0, 0],
])('heldBodyBytes() of %s', (_, principal, deploy, other) => {
  expect(heldBodyBytes(principal, '/-/agents')).toBe(deploy)
  expect(heldBodyBytes(principal, '/-/agents/a/grants')).toBe(other)
})
