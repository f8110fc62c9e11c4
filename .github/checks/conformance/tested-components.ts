/**
 * The components of one `.wast` file.
 *
 * The runtime loads each, which decides whether it is accepted. A test may count on state that an earlier call has left,
 * and the runtime has a fresh one for every call. So calls go to an instance that is kept, by the same linker, and the
 * first call of an instance to the runtime too, which must answer the same.
 *
 * @module
 */
import { parse } from '@bytecodealliance/jco'
import type { Agent } from '../../../runtime/agents/index.ts'
import type { Runtime } from '../../../runtime/presets/index.ts'
import type { ComponentInstance } from '../../../runtime/link/index.ts'
import { instantiate, load } from '../../../runtime/link/testing/component.ts'
import { bytesOf, isList, textOf, wordsOf, type List } from './wast-forms.ts'
import { canonicalText } from './wast-values.ts'

// A call that loops is a fault, and nothing in the suite computes for long.
const DEADLINE_MS = 3000

interface Tested {
  readonly agent: Agent
  readonly kept: ComponentInstance
  called: boolean
}

/** Calls it so that it may wait. One that waits too long is ended, as the runtime would end it. */
async function callKept(
  kept: ComponentInstance,
  name: string,
  args: readonly unknown[],
): Promise<unknown> {
  const exported = kept.lookup(name)
  const timer = setTimeout(() => kept.abandon(new Error('waits too long')), DEADLINE_MS)
  try {
    return await (exported.suspends ? exported.callAsync([...args]) : exported.call([...args]))
  } finally {
    clearTimeout(timer)
  }
}

export class TestedComponents {
  readonly #runtime: Runtime
  readonly #text: string
  readonly #definitions = new Map<string, Uint8Array>()
  readonly #instances = new Map<string, Tested>()
  #current: Tested | undefined
  #loaded = 0

  /** @param text - of the file, of which forms are places */
  constructor(runtime: Runtime, text: string) {
    this.#runtime = runtime
    this.#text = text
  }

  /** Takes `(component definition …)`. */
  async define(form: List): Promise<void> {
    const [, name] = wordsOf(form)
    this.#definitions.set(name ?? '', await this.#bytesOf(form))
  }

  /**
   * Takes `(component …)`, and `(component instance $name $definition)`; the last one that was loaded is the current one.
   *
   * @throws {MayflyError} why it is refused
   */
  async load(form: List): Promise<void> {
    this.#current = undefined
    const words = wordsOf(form)
    const name = words.find((word) => word.startsWith('$'))
    const isInstance = words[0] === 'instance'
    const bytes = isInstance ? this.#definitions.get(words.at(-1) ?? '') : await this.#bytesOf(form)
    if (bytes === undefined) throw new Error(`no definition ${words.at(-1)}`)
    if (!isInstance && name !== undefined) this.#definitions.set(name, bytes)
    const manifest = { name: `tested-${this.#loaded++}`, limits: { deadlineMs: DEADLINE_MS } }
    const agent = await this.#runtime.load({ component: bytes, manifest })
    this.#current = { agent, kept: instantiate(load(bytes)), called: false }
    if (name !== undefined) this.#instances.set(name, this.#current)
  }

  /** @param instance - its name; the current one when there is none */
  async call(
    instance: string | undefined,
    name: string,
    args: readonly unknown[],
  ): Promise<unknown> {
    const tested = instance === undefined ? this.#current : this.#instances.get(instance)
    if (tested === undefined) throw new Error('no instance')
    const isFirst = !tested.called
    tested.called = true
    const result = await callKept(tested.kept, name, args)
    if (!isFirst) return result
    const same = await tested.agent.call(name, args)
    if (canonicalText(same) === canonicalText(result)) return result
    throw new Error(`the runtime returns ${canonicalText(same)}, not ${canonicalText(result)}`)
  }

  #bytesOf(form: List): Promise<Uint8Array> {
    const [, ...items] = form.items
    const kind = wordsOf(form).find((word) => word === 'binary' || word === 'quote')
    const strings = items.filter((item) => !isList(item) && item.text.startsWith('"'))
    if (kind === 'binary') {
      const parts = strings.map((item) => (isList(item) ? new Uint8Array() : bytesOf(item.text)))
      return Promise.resolve(Uint8Array.from(parts.flatMap((part) => [...part])))
    }
    if (kind === 'quote') return parse(`(component ${strings.map(textOf).join(' ')})`)
    const text = this.#text.slice(form.start, form.end)
    return parse(text.replace(/^\(component\s+definition\b/, '(component'))
  }
}
