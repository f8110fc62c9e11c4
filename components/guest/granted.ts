/** What the manifest of an agent grants, as types: `mayfly types` writes it, and `Env` is made of it. @module */

declare global {
  namespace Mayfly {
    /**
     * What `mayfly types` writes from agent.json: `config`, `kv`, `tools` and `secrets`. Without, every name is allowed and
     * every value is text or unknown.
     *
     * @inline
     */
    interface Grants {}
  }
}

/** The types that are written for `Name`, or `Otherwise` when none are. */
export type Granted<Name extends string, Otherwise> = Name extends keyof Mayfly.Grants
  ? Mayfly.Grants[Name]
  : Otherwise
