/**
 * Reads components, and makes code of them: everything of loading that comes before a sandbox.
 *
 * @module
 */
import { boundModuleBytes, readSnapshot, WASM_PAGE_BYTES } from '../binary/index.ts'
import type { Feature, Manifest } from '../manifest/index.ts'
import { Blank, CodeMaker } from '../stamp/index.ts'
import { admit, admitStacks } from './admit.ts'
import { ComponentReader, type ReadComponent } from './component-reader.ts'
import { examine, explainRefusal } from './examine.ts'
import type { KnownCode } from './known-code.ts'
import { choiceFor } from './reset-choice.ts'
import type { CommonRuntimeOptions } from './runtime-options.ts'
import type { SandboxSource } from './sandbox-parts.ts'
import type { LoadedCode, Sandboxes } from './sandboxes.ts'

export class ComponentCompiler {
  readonly #features: readonly Feature[]
  readonly #reader = new ComponentReader()
  readonly #maker: CodeMaker
  readonly #sandboxes: Sandboxes

  /** @param sandboxes - what runs the code */
  constructor(
    { codeStore, features = [] }: Pick<CommonRuntimeOptions, 'codeStore' | 'features'>,
    sandboxes: Sandboxes,
  ) {
    this.#features = features
    this.#maker = new CodeMaker(codeStore)
    this.#sandboxes = sandboxes
  }

  /** @throws {MayflyError} ERR_COMPONENT_MALFORMED, ERR_COMPONENT_UNSUPPORTED */
  read(component: Uint8Array): Promise<ReadComponent> {
    return this.#reader.read(component)
  }

  /**
   * Rewrites and compiles the code of a component, unless its code is known.
   *
   * @throws {MayflyError} ERR_COMPONENT_MALFORMED, ERR_COMPONENT_UNSUPPORTED, ERR_LIMIT_EXCEEDED
   */
  async compile(
    read: ReadComponent,
    manifest: Manifest,
    suspending: ReadonlySet<number>,
  ): Promise<LoadedCode> {
    const { shapes } = this.#sandboxes
    const { name, limits, features: asked = [] } = manifest
    const { component, plan, states } = read
    const modules = plan.modules.map(({ start, end }) => component.subarray(start, end))
    const features = this.#features
    const used = asked.filter((feature) => features.includes(feature)).sort()
    boundModuleBytes(modules)
    const found = read.known?.declaredWith(used, states)
    const declared = found ?? (await examine(modules, manifest, features))
    const known = found && read.known
    const data = known?.dataOf(modules, states) ?? modules.map(readSnapshot)
    const maxMemoryPages = Math.floor(limits.memoryBytes / WASM_PAGE_BYTES)
    const maxBytes = maxMemoryPages * WASM_PAGE_BYTES
    const begins = admit(name, plan, declared, maxBytes)
    const { memoryBytes } = begins
    const { reset } = choiceFor(limits, memoryBytes)
    const wanted = {
      marks: reset === 'pages',
      fuel: limits.metering === 'fuel',
      undoGrowth: true,
      maxMemoryPages,
    }
    const options = JSON.stringify(wanted)
    const prepared = known?.prepared.get(options)
    const acquired = this.#maker.acquire(shapes, component, plan, suspending, wanted, prepared)
    // Its instructions are looked at only now, unless its code is known.
    const shape = await acquired.catch((error: unknown) => {
      throw explainRefusal(error, manifest)
    })
    try {
      admitStacks(name, begins, shape, maxBytes)
    } catch (error) {
      this.#sandboxes.release(shape)
      throw error
    }
    const learnt = known ?? this.#reader.learn(read, used, declared, data)
    learnt?.prepared.set(options, shapes.codeOf(shape))
    const blank = reset === 'fresh' ? undefined : learnt?.blanks.get(shape.key)
    const image = blank?.imageOf(data)
    return {
      shape,
      memoryBytes,
      data,
      known: image && { state: 'image', image },
      learn: learnt && learning(learnt),
    }
  }
}

/** Returns a function that keeps in `code` what the shape of `slot` has for all components of the skeleton. */
function learning(code: KnownCode): SandboxSource['learn'] {
  return (slot, data) => {
    const blank = Blank.of(slot, data)
    if (blank !== undefined) code.blanks.set(slot.code.key, blank)
  }
}
