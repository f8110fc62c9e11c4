/** The two strategies of the standard: `CountQueuingStrategy` and `ByteLengthQueuingStrategy`. @module */

import { requireObject } from '../../web/queuing-strategy.ts'

interface StrategyInit {
  highWaterMark: number
}

export class CountQueuingStrategy {
  readonly #highWaterMark: number

  constructor(init: StrategyInit) {
    this.#highWaterMark = givenMark(init)
  }

  get highWaterMark(): number {
    return this.#highWaterMark
  }

  get size(): () => number {
    void this.#highWaterMark
    return countSize
  }

  get [Symbol.toStringTag](): string {
    return 'CountQueuingStrategy'
  }
}

export class ByteLengthQueuingStrategy {
  readonly #highWaterMark: number

  constructor(init: StrategyInit) {
    this.#highWaterMark = givenMark(init)
  }

  get highWaterMark(): number {
    return this.#highWaterMark
  }

  get size(): (chunk: ArrayBufferView) => number {
    void this.#highWaterMark
    return byteSize
  }

  get [Symbol.toStringTag](): string {
    return 'ByteLengthQueuingStrategy'
  }
}

function givenMark(init: unknown): number {
  const { highWaterMark } = requireObject(init, 'a queuing strategy') as { highWaterMark?: unknown }
  if (highWaterMark === undefined) {
    throw new TypeError('Cannot make a queuing strategy: it has no "highWaterMark"')
  }
  return Number(highWaterMark)
}

const countSize = named(() => 1)
const byteSize = named((chunk: ArrayBufferView): number => chunk.byteLength)

function named<Size extends object>(size: Size): Size {
  return Object.defineProperty(size, 'name', { value: 'size', configurable: true })
}
