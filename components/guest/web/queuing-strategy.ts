/** How much a stream takes before it asks to be given less. @module */

export interface QueuingStrategy<T> {
  highWaterMark?: number
  size?(chunk: T): number
}
