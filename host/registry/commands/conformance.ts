/**
 * The conformance suite of command buses.
 *
 * Written without a test library, as named steps that throw: the author of a bus runs them under any library.
 *
 * @module
 */

import { same } from '../../../runtime/host-module/conformance.ts'
import { policyText } from '../../../runtime/manifest/index.ts'
import { attenuateCapabilities } from '../../../runtime/policy/index.ts'
import { digestOf } from '../../digest/index.ts'
import type { HostedAgent } from '../agent.ts'
import type { CommandBus, CommandOutcome } from './command-bus.ts'

export interface CommandConformanceCase {
  readonly name: string
  run(subject: CommandConformanceSubject): Promise<void>
}

/** The outcome of a call: an answer, an answer that the store refused, a refusal of the host, or no such agent. */
export type CallOutcome = 'answered' | 'denied' | 'refused' | 'absent'

export interface CommandConformanceSubject {
  /** A bus that serves nothing yet. Each case has a new one. */
  readonly bus: CommandBus
  /** How many places serve. */
  readonly places: number
  /**
   * An agent as a registry hands it over. With `count` it writes to its store `notes`, with `loop` it never ends.
   *
   * @param n - number of the version
   */
  agent(name: string, does: 'count' | 'loop', n?: number): Promise<HostedAgent>
  /** Calls an agent. */
  call(name: string): Promise<CallOutcome>
}

export const COMMAND_CONFORMANCE: readonly CommandConformanceCase[] = [
  step('deploy() serves what it is given, and nothing else', async ({ bus, agent, call }) => {
    const [a, b] = [await agent('a', 'count'), await agent('b', 'count')]
    await bus.deploy([a])
    same(await outcomes(call, 'a', 'b'), 'answered absent')
    await bus.deploy([b])
    same(await outcomes(call, 'a', 'b'), 'absent answered')
    same(names(bus), 'b')
    await bus.deploy([])
    same(await outcomes(call, 'a', 'b'), 'absent absent')
  }),
  step('deploy() that fails changes nothing', async ({ bus, agent, call }) => {
    const [a, b] = [await agent('a', 'count'), await agent('b', 'count')]
    await bus.deploy([a])
    const clash = { ...b, manifest: { ...b.manifest, route: '/a/*' } }
    same(await failed(bus.deploy([a, clash])), true)
    same(await outcomes(call, 'a', 'b'), 'answered absent')
    same(names(bus), 'a')
    await bus.deploy([a, b])
    same(await outcomes(call, 'a', 'b'), 'answered answered')
  }),
  step('counts() has all that was called, also after a deploy that left the agent', async (its) => {
    const { bus, agent, call } = its
    const [a, b] = [await agent('a', 'count'), await agent('b', 'count')]
    await bus.deploy([a, b])
    await outcomes(call, 'a', 'a', 'b')
    await bus.deploy([a])
    same(await invocations(bus, 'a'), 2)
    same(
      (await bus.counts()).some(({ name }) => name === 'b'),
      false,
    )
  }),
  step('send() has an agent refuse what comes, and take it again', async (its) => {
    const { bus, agent, call, places } = its
    await bus.deploy([await agent('a', 'count'), await agent('b', 'count')])
    const { workers, silent, terminated } = await disable(bus, 'a', true)
    same([workers, silent, terminated].join(), [places, 0, 0].join())
    same(await outcomes(call, 'a', 'b'), 'refused answered')
    same(bus.agents.map(({ disabled }) => disabled).join(), 'true,false')
    await disable(bus, 'a', false)
    same(await outcomes(call, 'a', 'b'), 'answered answered')
  }),
  step('an agent that is disabled stays so when others are deployed', async (its) => {
    const { bus, agent, call } = its
    const a = await agent('a', 'count')
    await bus.deploy([a])
    await disable(bus, 'a', true)
    await bus.deploy([a, await agent('b', 'count')])
    same(await outcomes(call, 'a', 'b'), 'refused answered')
  }),
  step('send() stops what runs of one agent', async ({ bus, agent, call }) => {
    await bus.deploy([await agent('a', 'loop'), await agent('b', 'count')])
    const running = call('a')
    while (!(await bus.counts()).some(({ name, active }) => name === 'a' && active > 0));
    same((await bus.send({ kind: 'kill', agent: 'b' })).stopped, 0)
    const { stopped, terminated } = await bus.send({ kind: 'kill', agent: 'a' })
    same([stopped, terminated].join(), '1,0')
    same(await running, 'refused')
    same(await call('b'), 'answered')
  }),
  step('send() takes grants away', async ({ bus, agent, call }) => {
    await bus.deploy([await agent('a', 'count'), await agent('b', 'count')])
    await revoke(bus, 'a')
    same(await outcomes(call, 'a', 'b'), 'denied answered')
  }),
  step('send() to an agent that is not there stops nothing', async ({ bus, agent, places }) => {
    await bus.deploy([await agent('a', 'count')])
    const { stopped, workers } = await bus.send({ kind: 'kill', agent: 'nothing' })
    same([stopped, workers].join(), [0, places].join())
    same(names(bus), 'a')
  }),
  step('what is disabled during a deploy is so in the version that it brings', async (its) => {
    const { bus, agent, call } = its
    await bus.deploy([await agent('a', 'count')])
    const deployed = bus.deploy([await agent('a', 'count', 2)])
    await disable(bus, 'a', true)
    await deployed
    same(await call('a'), 'refused')
    same(bus.agents[0]?.disabled, true)
  }),
  step('what is revoked during a deploy of others stays so', async ({ bus, agent, call }) => {
    const a = await agent('a', 'count')
    await bus.deploy([a])
    const deployed = bus.deploy([a, await agent('b', 'count')])
    await revoke(bus, 'a')
    await deployed
    same(await outcomes(call, 'a', 'b'), 'denied answered')
  }),
]

function step(
  name: string,
  run: (subject: CommandConformanceSubject) => Promise<void>,
): CommandConformanceCase {
  return { name, run }
}

async function outcomes(
  call: CommandConformanceSubject['call'],
  ...agents: readonly string[]
): Promise<string> {
  const all: CallOutcome[] = []
  for (const name of agents) all.push(await call(name))
  return all.join(' ')
}

function names(bus: CommandBus): string {
  return bus.agents.map(({ manifest }) => manifest.name).join()
}

async function invocations(bus: CommandBus, agent: string): Promise<number> {
  const counts = (await bus.counts()).filter(({ name }) => name === agent)
  return counts.reduce((sum, count) => sum + count.invocations, 0)
}

function failed(promise: Promise<unknown>): Promise<boolean> {
  return promise.then(
    () => false,
    () => true,
  )
}

function disable(bus: CommandBus, name: string, disabled: boolean): Promise<CommandOutcome> {
  const agents = bus.agents.map((agent) =>
    agent.manifest.name === name ? { ...agent, disabled } : agent,
  )
  return bus.send({ kind: 'disable', agent: name, disabled }, agents)
}

async function revoke(bus: CommandBus, name: string): Promise<void> {
  const agent = bus.agents.find(({ manifest }) => manifest.name === name)
  if (agent === undefined) throw new Error(`No agent ${name} is served`)
  const { manifest, revision } = agent
  const less = { revoke: ['kv.notes'], narrow: {} }
  const capabilities = attenuateCapabilities(manifest.capabilities, less)
  const policy = digestOf(policyText({ ...manifest, capabilities }))
  const left = {
    ...agent,
    manifest: { ...manifest, capabilities },
    revision: `${revision} ${policy}`,
  }
  await bus.send(
    { kind: 'attenuate', agent: name, revision, capabilities, policy },
    bus.agents.map((each) => (each === agent ? left : each)),
  )
}
