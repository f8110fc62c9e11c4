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
  contentOfBlob,
  keepAsBlob,
  openBlob,
  type Capability,
  type ConfiguredCapability,
} from '../../host-module/index.ts'

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
            make: (content: Uint8Array) => keepAsBlob(content, context, 'made'),
            answer: (blob: unknown) => context.answerWith(contentOfBlob(blob, 'answer')),
            given: () =>
              (context.blobs ?? []).map((content) => openBlob(content, { context, name: 'given' })),
          },
        }),
        async [Symbol.asyncDispose]() {},
      }
    },
  }
}
