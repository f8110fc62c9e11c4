/**
 * One call of one tool: it checks whether the call is allowed, and reports its end to the caller and the operator.
 *
 * @module
 */
import {
  BODIES_HINT,
  type CapabilityEvent,
  type ForwardedRequest,
  type ForwardOutcome,
  type InvocationContext,
  type LinkOutcome,
} from '../../host-module/index.ts'
import { contentFor, openBlob, type Blob } from '../blob/index.ts'
import { leaseHint, useLease } from '../../policy/index.ts'
import { refuse, type Refusal, type Tool, type ToolCallContext } from './tool.ts'

type Answer = LinkOutcome & { readonly state: 'answered' }

// With these statuses the tool says that it ran and could not use its input.
const MALFORMED_STATUSES: ReadonlySet<number> = new Set([400, 413, 422])

// More than a tool can tell apart by place, and few enough to hand over at once.
const MAX_BLOBS = 64

export class ToolCall {
  readonly #context: InvocationContext
  readonly #name: string
  readonly #tool: Tool
  /** Absent where the tool gets a request. */
  readonly #functionName: string | undefined
  #bytesOut = 0
  #cut: (() => void) | undefined
  #isCut = false

  /**
   * @param hint - the remedy, for the operator, where there is no such tool
   * @throws {GuestError} when the tool may not be called now
   */
  static admit(
    name: string,
    { context, known, countUse }: ToolCallContext,
    hint = `Add "${name}": {} to capabilities.tools`,
  ): ToolCall {
    const tool = known.get(name)
    if (tool === undefined) {
      // `math#add`: a function of a tool.
      const [toolName = '', ...rest] = name.split('#')
      const owner = rest.length === 0 ? undefined : known.get(toolName)
      if (owner === undefined) return refuse(context, name, 'denied', hint)
      const functionName = rest.join('#')
      if (owner.grant.functions?.includes(functionName) !== true) {
        const remedy = `Add "${functionName}" to "functions" of capabilities.tools.${toolName}`
        return refuse(context, name, 'denied', remedy)
      }
      return ToolCall.#taken(toolName, owner, { context, known, countUse }, functionName)
    }
    return ToolCall.#taken(name, tool, { context, known, countUse })
  }

  static #taken(
    name: string,
    tool: Tool,
    { context, countUse }: ToolCallContext,
    functionName?: string,
  ): ToolCall {
    const rule = `tools.${name}`
    const ended = useLease(rule, tool.grant, countUse)
    if (ended !== undefined) {
      return refuse(context, name, 'denied', `${leaseHint(rule)} (${ended})`)
    }
    if (!context.budget.take('toolCalls')) {
      return refuse(context, name, 'limited', 'Raise limits.toolCalls')
    }
    context.work('agent')
    return new ToolCall(context, name, tool, functionName)
  }

  private constructor(
    context: InvocationContext,
    name: string,
    tool: Tool,
    functionName: string | undefined,
  ) {
    this.#context = context
    this.#functionName = functionName
    this.#name = name
    this.#tool = tool
  }

  /** @throws {GuestError} when the caller must not see the result */
  requireText(): void {
    if (this.#tool.grant.opaque === undefined) return
    this.refuse('denied', `Take the result as a blob, or take "opaque" out of tools.${this.#name}`)
  }

  /** @throws {GuestError} for blobs that the tool must not be handed */
  post(
    input: string,
    blobs: readonly unknown[],
    onWait?: (stop: () => void) => void,
  ): LinkOutcome | Promise<LinkOutcome> {
    const body = new TextEncoder().encode(input)
    this.#bytesOut = body.byteLength
    this.#context.work('byte', body.byteLength)
    const path = `/${encodeURIComponent(this.#name)}`
    return this.#tool.link.post(this.#context, {
      path,
      body,
      ...(this.#functionName === undefined ? {} : { functionName: this.#functionName }),
      ...(blobs.length > 0 && { blobs: this.#handOn(blobs) }),
      onWait: (stop) => {
        this.#watch(stop)
        onWait?.(stop)
      },
    })
  }

  /** Hands a request on; `forwarded` must be called when its answer has ended. */
  forward(request: ForwardedRequest): Promise<ForwardOutcome> {
    return this.#tool.link.forward(this.#context, {
      ...request,
      onBegin: (stop) => {
        this.#watch(stop)
        request.onBegin(stop)
      },
    })
  }

  /**
   * A request that was handed on has ended.
   *
   * @param failure - why it was not answered in full
   */
  forwarded(bytes: Pick<CapabilityEvent, 'bytesIn' | 'bytesOut'>, failure?: string): void {
    this.#unwatch()
    const rule = `tools.${this.#name}`
    if (this.#isCut) this.#record('denied', { ...bytes, hint: `${rule} was revoked meanwhile` })
    else if (failure !== undefined) this.#record('failed', { ...bytes, hint: failure })
    else this.#record('allowed', { ...bytes, rule })
  }

  /** Whether the tool was taken away while it answered. */
  get isRevoked(): boolean {
    return this.#isCut
  }

  /** Has `stop` called when the tool is taken away. */
  #watch(stop: () => void): void {
    this.#cut = () => {
      this.#isCut = true
      stop()
    }
    this.#tool.waiting.add(this.#cut)
  }

  #unwatch(): void {
    if (this.#cut !== undefined) this.#tool.waiting.delete(this.#cut)
  }

  /**
   * Calls a function the tool exports. It throws the error the function returned, or an error that traps the caller.
   *
   * @throws {GuestError}
   */
  callExport(exported: string, args: readonly unknown[]): unknown {
    let result: unknown
    try {
      result = this.#tool.link.call(this.#context, exported, args)
    } catch (error) {
      return this.#fail(error)
    }
    if (!(result instanceof Promise)) return this.#succeed(result)
    return result.then(
      (value: unknown) => this.#succeed(value),
      (error: unknown) => this.#fail(error),
    )
  }

  /** @throws {GuestError} when there is no result */
  text(outcome: LinkOutcome): string {
    const { body } = this.#answer(outcome)
    this.#context.work('byte', body.byteLength)
    // The grant may have become opaque meanwhile.
    this.requireText()
    const text = decode(body)
    if (text === undefined) return this.refuse('failed', 'The tool answered what is not UTF-8')
    this.#record('allowed', { rule: `tools.${this.#name}`, bytesIn: body.byteLength })
    return text
  }

  /** @throws {GuestError} when there is no result, or no budget to keep it */
  blob(outcome: LinkOutcome): Blob {
    const { body } = this.#answer(outcome)
    if (!this.#context.budget.take('blobBytes', body.byteLength)) {
      return this.refuse('limited', 'Raise limits.blobBytes')
    }
    if (!this.#context.held.take(body.byteLength)) return this.refuse('limited', BODIES_HINT)
    this.#record('allowed', { rule: `tools.${this.#name}` })
    this.#recordBlob('take', { bytesIn: body.byteLength })
    const { opaque } = this.#tool.grant
    return openBlob(body, { context: this.#context, name: this.#name, onlyFor: opaque })
  }

  /** Ends a call whose result the caller does not take. */
  drop(reason: string): void {
    this.#unwatch()
    this.#record('failed', { hint: reason })
  }

  /** @throws {GuestError} always */
  refuse(refusal: Refusal, hint: string): never {
    return refuse(this.#context, this.#target, refusal, hint, this.#bytesOut)
  }

  #answer(outcome: LinkOutcome): Answer {
    this.#unwatch()
    if (this.#isCut) this.refuse('denied', `tools.${this.#name} was revoked meanwhile`)
    if (outcome.state !== 'answered') return this.refuse(outcome.state, outcome.hint)
    const { status } = outcome
    if (status >= 200 && status <= 299) return outcome
    const state = MALFORMED_STATUSES.has(status) ? 'malformed' : 'failed'
    return this.refuse(state, `The tool answered with status ${status}`)
  }

  #handOn(blobs: readonly unknown[]): Uint8Array[] {
    if (blobs.length > MAX_BLOBS) {
      return this.refuse('limited', `Hand it ${MAX_BLOBS} blobs at most, not ${blobs.length}`)
    }
    const contents = blobs.map((blob) => contentFor(blob, this.#name))
    if (contents.includes(undefined)) {
      const hint = `Add "${this.#name}" to "opaque" of the tool that the blob is from`
      this.#recordBlob('give', { outcome: 'denied', hint })
      return this.refuse('denied', hint)
    }
    const given = contents.filter((content) => content !== undefined)
    const bytesOut = given.reduce((sum, { byteLength }) => sum + byteLength, 0)
    this.#recordBlob('give', { bytesOut })
    return given
  }

  #succeed(value: unknown): unknown {
    this.#record('allowed', { rule: `tools.${this.#name}` })
    return value
  }

  #fail(error: unknown): never {
    this.#record('failed', { hint: String(error) })
    throw error
  }

  get #target(): string {
    return this.#functionName === undefined ? this.#name : `${this.#name}#${this.#functionName}`
  }

  #record(outcome: CapabilityEvent['outcome'], facts: Partial<CapabilityEvent>): void {
    this.#context.record({
      ...{ capability: 'tools', action: 'call', target: this.#target, outcome },
      bytesOut: this.#bytesOut,
      ...facts,
    })
  }

  /** Of bytes that pass by reference. */
  #recordBlob(action: 'give' | 'take', facts: Partial<CapabilityEvent>): void {
    const rule = `tools.${this.#name}`
    const about = { capability: 'blob', action, target: this.#name } as const
    this.#context.record({
      ...about,
      ...(facts.outcome === 'denied' ? {} : { rule }),
      outcome: 'allowed',
      ...facts,
    })
  }
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    // A mark at the beginning is part of the text.
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}
