/**
 * Bytes that the host keeps for an agent, to be handed to tools by reference.
 *
 * Always granted: a blob is no more than a list of bytes, bounded by a budget. Whom it may be handed to is
 * for the capability `tools` to say.
 *
 * @module
 */
import {
  Blob,
  GuestError,
  openBlob,
  type Capability,
  type ConfiguredCapability,
} from '../../capability/index.ts'

export function blob(): Capability {
  return {
    name: 'blob',
    interfaces: ['mayfly:agent/blob'],
    example: '"blob": true',
    suspends: [],
    configure(): ConfiguredCapability {
      return {
        granted: true,
        prepare: (context) => ({
          'mayfly:agent/blob': {
            Blob,
            make: (content: Uint8Array) => {
              const bytes = content.byteLength
              if (!context.budget.take('blobBytes', bytes)) {
                const hint = 'Raise limits.blobBytes'
                const event = { capability: 'blob', action: 'make', target: context.agent } as const
                context.record({ ...event, outcome: 'limited', hint, bytesOut: bytes })
                throw new GuestError('limited')
              }
              return openBlob(content, { context, name: 'made' })
            },
            given: () =>
              (context.blobs ?? []).map((content) => openBlob(content, { context, name: 'given' })),
          },
        }),
        async [Symbol.asyncDispose]() {},
      }
    },
  }
}
