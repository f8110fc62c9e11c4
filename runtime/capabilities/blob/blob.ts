/**
 * Bytes that the host keeps for an agent, to be handed to tools by reference.
 *
 * Always granted: a blob is only a list of bytes, bounded by a budget. The capability `tools` decides which tools may
 * get it.
 *
 * @module
 */
import { type HostModule, type ConfiguredModule } from '../../host-module/index.ts'
import { Blob } from './resource.ts'
import { contentOfBlob } from './resource.ts'
import { keepAsBlob } from './resource.ts'
import { openBlob } from './resource.ts'

export function blob(): HostModule {
  return {
    name: 'blob',
    interfaces: ['mayfly:agent/blob'],
    suspends: [],
    configure(): ConfiguredModule {
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
