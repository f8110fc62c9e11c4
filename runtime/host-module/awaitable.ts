/** What a driver may answer with. @module */

/** A value at once, or a promise of it, which suspends the guest. */
export type Awaitable<Value> = Value | Promise<Value>
