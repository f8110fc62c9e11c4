/** Uses of Web APIs, by name. @module */

/** Each returns something JSON can write, or throws. */
export type Cases = Readonly<Record<string, () => unknown>>
