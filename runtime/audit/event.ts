/**
 * The events that the audit log records.
 *
 * No payload, no header, no query, no secret: only names of the objects of an action, and its outcome. The order of
 * `AUDIT_FIELDS` is part of the format: hashes are made over the fields in this order.
 *
 * @module
 */

/** The kinds of records. */
export const AUDIT_KINDS = [
  'open', // A writer begins its chain
  'invocation', // A request or call has ended
  'use', // A capability was used, denied, limited, or failed
  'deploy', // An agent was loaded, or a host refused to
  'grants', // Grants of an agent were narrowed or revoked
  'kill', // An agent was stopped by its operator
  'state', // An agent was disabled or enabled
  'approval', // New capabilities of an agent were approved, or not
  'writer', // Another writer of this host has begun its chain
  'anchor', // How far the chain of another writer had come
  'gap', // Records were lost: the disk was full
  'close', // A writer ends its chain, or a segment of it
  'group', // The process of a group of agents has ended by itself, or was ended for its faults
  'removed', // Old segments of a chain were removed, as the operator configured it
  'schedule', // An agent was called because its time had come
  'letter', // A message of a queue was given up, delivered again or dropped
  'token', // A token of the control plane was made or revoked
] as const
/** The kind of a record of the audit log. */
export type AuditKind = (typeof AUDIT_KINDS)[number]

/** One record of the audit log. Names and numbers only: no payload, no header, no query, no secret. */
export interface AuditEvent {
  /** What the record is about. */
  readonly kind: AuditKind
  /** The name of an agent. */
  readonly agent?: string
  /** The request id. */
  readonly invocation?: string
  /** The caller: `http`, `embedder`, `control`, or `agent:` or `token:` and a name. */
  readonly caller?: string
  /** Digest of the component, `sha256:…`. */
  readonly component?: string
  /** Hash of the grants and limits of the manifest, `sha256:…`. */
  readonly policy?: string
  /** The name of a capability. */
  readonly capability?: string
  /** The WIT function, or the operator's command. */
  readonly action?: string
  /** What it was used on: a host, a store, the name of a token. No payload, no secret. */
  readonly target?: string
  /** Which line of `capabilities` decided. */
  readonly rule?: string
  /** How it ended: `completed`, `denied`, `approved`, … */
  readonly outcome?: string
  /** Why it ended so: the code of an error, the name of a limit. */
  readonly reason?: string
  /** The HTTP status of an answer. */
  readonly status?: number
  /** Fuel that the invocation used. */
  readonly fuel?: number
  /** Milliseconds that it took. */
  readonly durationMs?: number
  /** Bytes that came in by the capability. */
  readonly bytesIn?: number
  /** Bytes that went out by it. */
  readonly bytesOut?: number
  /** How many: invocations stopped, records lost, a sequence number. */
  readonly count?: number
  /** The name of a writer: `main`, `worker-1`. */
  readonly writer?: string
  /** Of one start of a host, the same for all its writers. */
  readonly host?: string
  /** Public key that the heads of this chain are signed with. */
  readonly key?: string
  /** The name of a file of the log. */
  readonly file?: string
  /** A hash of the chain in `file`, which it has at `count`. */
  readonly head?: string
}

export const AUDIT_FIELDS = [
  'agent',
  'invocation',
  'caller',
  'component',
  'policy',
  'capability',
  'action',
  'target',
  'rule',
  'outcome',
  'reason',
  'status',
  'fuel',
  'durationMs',
  'bytesIn',
  'bytesOut',
  'count',
  'writer',
  'host',
  'key',
  'file',
  'head',
] as const
export type AuditField = (typeof AUDIT_FIELDS)[number]

/** Where records go. */
export interface AuditSink {
  /** Takes a record, at once and without waiting: it is written later. Must not throw. */
  append(event: AuditEvent): void
  /** Why no agent may run: its actions could not be recorded. `undefined` when records can be written. */
  readonly blocked: string | undefined
}
