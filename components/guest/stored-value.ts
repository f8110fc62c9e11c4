/** What an agent can store and send. @module */

/** A value as it is handed to `set`: text and bytes are stored as they are, the rest as JSON. */
export type KvValue = string | ArrayBufferView | ArrayBuffer | JsonValue

/** What JSON can say. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue | undefined }
