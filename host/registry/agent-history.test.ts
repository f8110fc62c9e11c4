/** Versions of agents over restarts, and over hosts that are killed in the middle of a change. */

import { beforeEach, describe, expect, it } from 'vitest'
import { manifestFromObject } from '../../runtime/manifest/index.ts'
import type { AgentBundle } from './agent.ts'
import { AgentHistory, MAX_VERSIONS } from './agent-history.ts'
import { AssetKeeper } from './asset-keeper.ts'
import { revisionOf } from './revision/index.ts'
import { memoryState, type StateStore } from './state/index.ts'

const FACTS = { caller: 'control', imports: ['mayfly:agent/kv'] }
const DAY_MS = 86_400_000

let kept: Map<string, Uint8Array>
let history: AgentHistory

beforeEach(() => {
  kept = new Map()
  history = open()
})

function open(state: StateStore = memoryState(kept)): AgentHistory {
  let day = 0
  return new AgentHistory({ state, now: () => new Date(++day * DAY_MS) })
}

/** Versions of one agent that differ in `n` have other components. */
function version(n: number, name = 'shop', bytes = 4): AgentBundle {
  const manifest = manifestFromObject({ name, description: `version ${n}` })
  const component = new Uint8Array(bytes).fill(n)
  return { manifest, component, revision: revisionOf(manifest, component) }
}

function serve(...bundles: readonly AgentBundle[]): void {
  for (const bundle of bundles) history.serve(bundle, FACTS)
}

const NUMBER = /\d+$/

/** Numbers of the kept versions, those in parentheses withdrawn. */
function numbers(of: AgentHistory = history, name = 'shop'): string[] {
  return of.of(name).map(({ manifest: { description = '' }, withdrawn }) => {
    const [number = ''] = NUMBER.exec(description) ?? []
    return withdrawn === true ? `(${number})` : number
  })
}

describe('AgentHistory', () => {
  it('has the versions that were served after a restart, each whole', () => {
    const sourceMap = new Uint8Array(new SharedArrayBuffer(3)).fill(7)
    const deployedBy = { token: 'ci', tenant: 'team-a' }
    const second = { ...version(2), sourceMap, deployedBy }
    serve(version(1), second)
    const again = open()
    expect(numbers(again)).toEqual(['1', '2'])
    expect(again.of('shop')[1]).toMatchObject({ ...FACTS, deployedAt: '1970-01-03T00:00:00.000Z' })
    expect(again.of('shop').map((each) => again.bundle(each))).toEqual([version(1), second])
  })

  it('keeps the last ten of each agent, and no bytes of others', () => {
    for (let n = 1; n <= 13; n++) serve(version(n))
    serve(version(1, 'other'))
    const last = Array.from({ length: MAX_VERSIONS }, (_, index) => String(index + 4))
    expect([numbers(), numbers(open())]).toEqual([last, last])
    expect([...kept.keys()].filter((file) => file.startsWith('shop.'))).toHaveLength(11)
    expect(numbers(history, 'other')).toEqual(['1'])
  })

  it('keeps fewer of large ones, and always the one before', () => {
    history = new AgentHistory({ state: memoryState(kept), maxBytes: 10 })
    serve(version(1), version(2), version(3), version(4))
    expect(numbers()).toEqual(['3', '4'])
    serve(version(5, 'shop', 9))
    expect(numbers()).toEqual(['4', '5'])
    serve(version(6, 'shop', 9))
    expect([numbers(), kept.size]).toEqual([['5', '6'], 3])
  })

  it('writes nothing for the version that is served already', () => {
    serve(version(1), version(2))
    const before = new Map(kept)
    serve(version(2))
    expect(kept).toEqual(before)
    // Deployed once more after another, it is the newest again.
    serve(version(1))
    expect(numbers()).toEqual(['2', '1'])
  })

  it('knows versions of one component, whose file stays while one of them does', () => {
    const other = manifestFromObject({ name: 'shop', description: 'version 99' })
    const same = { ...version(1), manifest: other, revision: 'b'.repeat(64) }
    serve(version(1), same)
    expect(kept.size).toBe(2)
    for (let n = 2; n <= MAX_VERSIONS; n++) serve(version(n))
    expect(numbers()[0]).toBe('99')
    const [oldest] = history.of('shop')
    expect(oldest && open().bundle(oldest)).toEqual(same)
  })

  describe('previous()', () => {
    const before = (served: AgentBundle): string | undefined =>
      NUMBER.exec(history.previous('shop', served.revision)?.manifest.description ?? '')?.[0]

    it('goes back one by one, and to none that was rolled back', () => {
      serve(version(1), version(2), version(3))
      expect([before(version(3)), history.count('shop', version(3).revision)]).toEqual(['2', 2])
      history.rolledBack('shop', version(2).revision)
      expect([numbers(), before(version(2))]).toEqual([['1', '2', '(3)'], '1'])
      serve(version(4))
      expect([numbers(open()), before(version(4))]).toEqual([['1', '2', '(3)', '4'], '2'])
    })

    it('comes back to a version that was named, and to what was served before it', () => {
      serve(version(1), version(2), version(3))
      history.rolledBack('shop', version(1).revision)
      expect([numbers(), before(version(1))]).toEqual([['1', '(2)', '(3)'], undefined])
      history.rolledBack('shop', version(3).revision)
      expect([numbers(), before(version(3))]).toEqual([['1', '(2)', '3'], '1'])
    })

    it('spares the version before when those after it were withdrawn', () => {
      for (let n = 1; n <= MAX_VERSIONS; n++) serve(version(n))
      history.rolledBack('shop', version(1).revision)
      serve(version(11))
      expect(before(version(11))).toBe('1')
      expect(numbers()[1]).toBe('(3)')
    })

    it('is the last that was served where none is', () => {
      serve(version(1), version(2))
      expect(history.previous('shop', undefined)?.revision).toBe(version(2).revision)
      expect(history.previous('absent', undefined)).toBeUndefined()
    })
  })

  it('remember() has what the host was started with as the oldest, once, where there is room', () => {
    serve(version(2))
    history.remember(version(1))
    history.remember(version(1))
    expect(numbers()).toEqual(['1', '2'])
    for (let n = 3; n <= 12; n++) serve(version(n))
    history.remember(version(1))
    expect(numbers()[0]).toBe('3')
  })

  describe('find()', () => {
    const named = (prefix: string): string => history.find('shop', prefix).revision

    it('takes the beginning of a revision, or of the digest of a component', () => {
      serve(version(1), version(2))
      const [, { revision, component } = { revision: '', component: '' }] = history.of('shop')
      for (const prefix of [revision, revision.slice(0, 8), component.slice(0, 8)])
        expect(named(prefix)).toBe(revision)
      expect(named(`SHA256:${component.toUpperCase()}`)).toBe(revision)
    })

    it('lists the candidates where several begin with it, and the kept ones where none does', () => {
      const same = { ...version(1), revision: 'b'.repeat(64) }
      serve(version(1), same)
      const [first] = history.of('shop')
      const prefix = first?.component.slice(0, 8) ?? ''
      const candidates = [first?.revision.slice(0, 12), 'bbbbbbbbbbbb']
      for (const [text, message] of [
        [prefix, '2 begin with it'],
        ['zz', 'none that is kept begins with it'],
        ['', 'none that is kept'],
        ['sha256:', 'none that is kept'],
      ] as const) {
        const hint = expect.stringMatching(candidates.join('.*'))
        expect(() => named(text)).toThrow(
          expect.objectContaining({
            message: expect.stringContaining(`version "${text}" of agent "shop": ${message}`),
            hint,
          }),
        )
      }
      expect(named('bbbb')).toBe(same.revision)
    })
  })

  it('refuses a version whose component is gone or was changed, and a file of a newer host', () => {
    serve(version(1))
    const [one] = history.of('shop')
    const [file = ''] = [...kept.keys()].filter((name) => name.endsWith('.wasm'))
    if (one === undefined) return expect.unreachable()
    kept.set(file, Uint8Array.of(9))
    expect(() => history.bundle(one)).toThrow(`Cannot read version "${file} in memory"`)
    kept.delete(file)
    expect(() => history.bundle(one)).toThrow(`Cannot read version "${file} in memory"`)
    // Deployed again, it is whole again.
    serve(version(2), version(1))
    expect(history.bundle(one)).toEqual(version(1))
    const text = new TextDecoder().decode(kept.get('shop.json'))
    const put = (next: string): void => void kept.set('shop.json', new TextEncoder().encode(next))
    put(text.replace('"version":1', '"version":2'))
    expect(() => open()).toThrow('it is of version 2, this host knows version 1')
    put(text.replace('"revision"', '"no"'))
    expect(() => open()).toThrow('Cannot read versions "shop.json in memory"')
  })

  it('without a store, has versions in memory, which it shares with those that serve them', () => {
    history = new AgentHistory()
    history.sweep()
    const bundles = Array.from({ length: 11 }, (_, n) => version(n))
    serve(...bundles)
    const same = history.of('shop').map((each) => history.bundle(each))
    expect(same).toHaveLength(MAX_VERSIONS)
    for (const [index, bundle] of same.entries()) expect(bundle).toBe(bundles[index + 1])
    expect(numbers(new AgentHistory())).toEqual([])
  })

  it('knows a version that could not be written, and writes it with the next', () => {
    let isFull = false
    const state: StateStore = {
      ...memoryState(kept),
      replace(name, bytes) {
        if (isFull) throw new Error('ENOSPC')
        memoryState(kept).replace(name, bytes)
      },
    }
    history = open(state)
    serve(version(1))
    isFull = true
    expect(() => serve(version(2))).toThrow('ENOSPC')
    expect(numbers()).toEqual(['1', '2'])
    expect(history.of('shop').map((each) => history.bundle(each))).toEqual([version(1), version(2)])
    expect(numbers(open())).toEqual(['1'])
    isFull = false
    serve(version(3))
    const again = open()
    expect(again.of('shop').map((each) => again.bundle(each))).toEqual(
      [1, 2, 3].map((n) => version(n)),
    )
  })

  it('drops the assets of a version with it, and of no other', () => {
    const packs = new Map<string, Uint8Array>()
    const assets = new AssetKeeper(memoryState(packs))
    history = new AgentHistory({ state: memoryState(kept), assets })
    const withAssets = (n: number, digest: string): AgentBundle => {
      packs.set(`shop.${digest.slice(0, 16)}.pack`, Uint8Array.of(1))
      return { ...version(n), revision: `${n}`, assets: { digest } }
    }
    const [a, b] = ['a'.repeat(64), 'b'.repeat(64)]
    serve(withAssets(1, a), withAssets(2, b), withAssets(3, a))
    for (let n = 4; n <= 11; n++) serve(version(n))
    expect(numbers()[0]).toBe('2')
    assets.sweep([], history.assets())
    expect(packs.size).toBe(2)
    serve(version(12))
    expect([...packs.keys()]).toEqual([`shop.${a.slice(0, 16)}.pack`])
    const [third] = history.of('shop')
    expect(third && history.bundle(third).assets?.digest).toBe(a)
  })

  describe('of a host that was killed between two steps', () => {
    class Killed extends Error {}

    /** A store whose host is killed before step `at`; each change is a step. */
    function killedAt(at: number): StateStore {
      const state = memoryState(kept)
      let steps = 0
      const step = (work: () => void): void => {
        if (++steps >= at) throw new Killed()
        work()
      }
      return {
        ...state,
        replace: (name, bytes) => step(() => state.replace(name, bytes)),
        remove: (name) => step(() => state.remove(name)),
      }
    }

    it('loses no version and, after the next start, has no file too many', () => {
      for (let n = 1; n <= MAX_VERSIONS; n++) serve({ ...version(n), sourceMap: mapOf(n) })
      const full = new Map(kept)
      const changes: readonly ((of: AgentHistory) => void)[] = [
        (of) => of.serve({ ...version(11), sourceMap: mapOf(11) }, FACTS),
        (of) => of.rolledBack('shop', version(4).revision),
        (of) => of.serve({ ...version(1), sourceMap: mapOf(1) }, FACTS),
      ]
      let killed = 0
      for (const change of changes) {
        for (let at = 1, isDone = false; !isDone; at++) {
          kept = new Map(full)
          try {
            change(open(killedAt(at)))
            isDone = true
          } catch (error) {
            if (!(error instanceof Killed)) throw error
            killed++
          }
          const next = open()
          next.sweep()
          const versions = next.of('shop')
          expect(versions).toHaveLength(MAX_VERSIONS)
          for (const each of versions) expect(next.bundle(each).sourceMap).toHaveLength(3)
          // The file of the agent, and for each version a component and a map.
          expect(kept.size).toBe(1 + 2 * MAX_VERSIONS)
        }
      }
      expect(killed).toBeGreaterThan(5)
    })

    function mapOf(n: number): Uint8Array<SharedArrayBuffer> {
      return new Uint8Array(new SharedArrayBuffer(3)).fill(n)
    }
  })
})
