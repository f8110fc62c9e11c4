import { describe, expect, it } from 'vitest'
import { parseTokenRequest } from './token-request.ts'

const DAY_MS = 86_400_000
const ASKED = { name: 'team-a', can: ['read'], agents: ['team-a-*'] }

describe('parseTokenRequest()', () => {
  it('takes what is needed, and has defaults for the rest', () => {
    expect(parseTokenRequest(ASKED)).toEqual({
      name: 'team-a',
      can: ['read'],
      agents: ['team-a-*'],
      routes: [],
      hosts: [],
      livesMs: 90 * DAY_MS,
    })
    const all = {
      can: ['deploy', 'read', 'deploy'],
      routes: ['/team-a/*'],
      hosts: ['*.a.example'],
      tenant: 'Team.A',
      expires: '12h',
    }
    expect(parseTokenRequest({ ...ASKED, ...all })).toEqual({
      ...ASKED,
      ...all,
      can: ['read', 'deploy'],
      expires: undefined,
      livesMs: DAY_MS / 2,
    })
  })

  it.each<[unknown, string]>([
    [undefined, 'the body is not an object'],
    ['x', 'the body is not an object'],
    [[], 'name absent'],
    [{ ...ASKED, agent: 'x' }, 'no field "agent"'],
    [{ ...ASKED, name: 'Team A' }, 'name "Team A"'],
    [{ ...ASKED, name: 'a\n"forged' }, 'name "a\\n\\"forged"'],
    [{ ...ASKED, name: 7 }, 'name 7'],
    [{ ...ASKED, can: [] }, 'it can do nothing'],
    [{ ...ASKED, can: 'read' }, 'it can do nothing'],
    [{ ...ASKED, can: ['read', 'admin'] }, 'no action "admin"'],
    [{ ...ASKED, can: ['constructor'] }, 'no action "constructor"'],
    [{ ...ASKED, agents: [] }, 'for no agents'],
    [{ ...ASKED, agents: [''] }, 'agents has ""'],
    [{ ...ASKED, agents: ['a b'] }, 'agents has "a b"'],
    [{ ...ASKED, agents: '*' }, 'agents is not a list'],
    [{ ...ASKED, agents: Array(101).fill('a') }, 'agents has more than 100 patterns'],
    [{ ...ASKED, routes: [null] }, 'routes has null'],
    [{ ...ASKED, hosts: ['a/b?'] }, 'hosts has "a/b?"'],
    [{ ...ASKED, can: ['deploy'] }, 'it can deploy, and no agent has a route'],
    [{ ...ASKED, tenant: 'a b' }, 'tenant "a b"'],
    [{ ...ASKED, expires: '30' }, 'expires "30"'],
    [{ ...ASKED, expires: '0d' }, 'expires "0d"'],
    [{ ...ASKED, expires: '3651d' }, 'expires "3651d"'],
    [{ ...ASKED, expires: '-1d' }, 'expires "-1d"'],
    [{ ...ASKED, expires: 30 }, 'expires 30'],
  ])('refuses %j', (body, state) => {
    expect(() => parseTokenRequest(body)).toThrow(`Cannot make token: ${state}`)
  })
})
