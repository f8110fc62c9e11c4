/**
 * `wasi:filesystem` over the areas the manifest grants under `files`.
 *
 * Linked without a grant as well: most toolchains always import it. Without a grant there are no directories to start
 * from, and without a directory a guest cannot name a file.
 *
 * @module
 */
import type {
  Capability,
  ConfiguredModule,
  Imports,
  InvocationContext,
} from '../../host-module/index.ts'
import { mountPoint, type FileAreas } from '../../manifest/index.ts'
import { causeOf, type IoError } from '../io/index.ts'
import { opaque } from '../opaque.ts'
import type { FileArea, FilesDriver } from './area.ts'
import { Descriptor } from './descriptor-0-2.ts'
import { Descriptor as StreamingDescriptor } from './descriptor-0-3.ts'
import type { DescriptorParts, FileDescriptor, OpenArea } from './descriptor.ts'
import { DirectoryEntryStream } from './directory-entry-stream.ts'
import { FileFailure, type FileErrorCode } from './file-error.ts'
import { MemoryArea, memoryFiles } from './memory-area.ts'

export interface WasiFilesystemOptions {
  /**
   * Where the areas `input` and `output` are.
   *
   * @default memoryFiles()
   */
  files?: FilesDriver
  /**
   * Milliseconds since 1970, for timestamps of the area `scratch`.
   *
   * @default Date.now
   */
  now?: () => number
}

const PREOPENS = 'wasi:filesystem/preopens'
const PREOPENS_3 = `${PREOPENS}@0.3`
const TYPES = {
  'wasi:filesystem/types': {
    Descriptor: opaque(Descriptor),
    DirectoryEntryStream: opaque(DirectoryEntryStream),
    filesystemErrorCode,
  },
  'wasi:filesystem/types@0.3': { Descriptor: opaque(StreamingDescriptor) },
} satisfies Imports

const NONE = { getDirectories: () => [] }
const NO_DIRECTORIES: Imports = { [PREOPENS]: NONE, [PREOPENS_3]: NONE }
const NOTHING = { ...TYPES, ...NO_DIRECTORIES }

export function wasiFilesystem({
  files = memoryFiles(),
  now = Date.now,
}: WasiFilesystemOptions = {}): Capability {
  return {
    name: 'files',
    interfaces: [...Object.keys(TYPES), PREOPENS, PREOPENS_3],
    example: '"files": { "scratch": true }',
    suspends: [],
    configure({ agent, grant }): ConfiguredModule {
      // The manifest's parser has checked the shape.
      let granted = (grant ?? {}) as FileAreas
      const kept = keptAreas(agent, granted, files)
      const isEmpty = kept.size === 0 && granted.scratch === undefined
      const prepare = (context: InvocationContext): Imports => {
        const areas = new Map(kept)
        const { maxBytes } = granted.scratch ?? {}
        if (maxBytes !== undefined)
          areas.set('scratch', new MemoryArea({ maxBytes, writable: true, now }))
        return { ...TYPES, ...preopens(areas, (name) => granted[name], context) }
      }
      return {
        granted: true,
        ...(isEmpty ? { initial: NO_DIRECTORIES } : {}),
        prepare: (context) => (isEmpty ? NOTHING : prepare(context)),
        attenuate(left) {
          // Of a parsed manifest, as above.
          granted = (left ?? {}) as FileAreas
        },
        async [Symbol.asyncDispose]() {
          kept.clear()
        },
      }
    },
  }
}

type AreaName = keyof FileAreas

/** The areas that all invocations of an agent share. */
function keptAreas(agent: string, granted: FileAreas, files: FilesDriver): Map<AreaName, FileArea> {
  const areas = new Map<AreaName, FileArea>()
  if (granted.input !== undefined) {
    const maxBytes = Number.MAX_SAFE_INTEGER
    areas.set('input', files.open({ agent, area: 'input', writable: false, maxBytes }))
  }
  if (granted.output !== undefined) {
    const { maxBytes } = granted.output
    areas.set('output', files.open({ agent, area: 'output', writable: true, maxBytes }))
  }
  return areas
}

/** @param granted - asked at every use: an open descriptor stops working when its area is revoked */
function preopens(
  areas: ReadonlyMap<AreaName, FileArea>,
  granted: (name: AreaName) => FileAreas[AreaName],
  context: InvocationContext,
): Imports {
  const open = [...areas].map(([name, area]): [AreaName, OpenArea] => [
    name,
    {
      area,
      isGranted: () => granted(name) !== undefined,
      held: new Set(),
      invocation: context,
      work: (kind, amount) => context.work(kind, amount),
    },
  ])
  context.defer(() => {
    for (const [, { held }] of open) for (const each of held) each[Symbol.dispose]()
  })
  const directories = (Class: new (...parts: DescriptorParts) => FileDescriptor) => ({
    getDirectories: (): [FileDescriptor, string][] =>
      open.flatMap(([name, place]): [FileDescriptor, string][] => {
        const grant = granted(name)
        if (grant === undefined) return []
        const flags = { read: true, mutateDirectory: place.area.writable }
        return [[new Class(place, place.area.root, flags), mountPoint(name, grant)]]
      }),
  })
  return {
    [PREOPENS]: directories(Descriptor),
    [PREOPENS_3]: directories(StreamingDescriptor),
  }
}

function filesystemErrorCode(error: IoError): FileErrorCode | undefined {
  const cause = causeOf(error)
  return cause instanceof FileFailure ? cause.code : undefined
}
