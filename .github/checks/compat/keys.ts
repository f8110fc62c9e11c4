/** What a program has of the host beside its server. @module */
export interface Keys {
  /** In an agent the key is there at once; Node imports it. */
  readonly secrets: { key(name: string): CryptoKey | Promise<CryptoKey> }
}
