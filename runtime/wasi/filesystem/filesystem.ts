/**
 * `wasi:filesystem` over the areas the manifest grants under `files`.
 *
 * Linked without a grant as well: most toolchains import it whatever the source uses. There are then no
 * directories to start from, and without one no file can be named.
 *
 * @module
 */
import type {
  Capability,
  ConfiguredCapability,
  Imports,
  InvocationContext,
} from '../../capability/index.ts'
import type { FileAreas } from '../../manifest/index.ts'
import { causeOf, type IoError } from '../io/index.ts'
import { opaque } from '../opaque.ts'
import type { FileArea, FilesDriver } from './area.ts'
import { Descriptor, DirectoryEntryStream, type OpenDescriptors } from './descriptor.ts'
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
const TYPES = {
  'wasi:filesystem/types': {
    Descriptor: opaque(Descriptor),
    DirectoryEntryStream: opaque(DirectoryEntryStream),
    filesystemErrorCode,
  },
} satisfies Imports

const NO_DIRECTORIES: Imports = { [PREOPENS]: { getDirectories: () => [] } }
const NOTHING = { ...TYPES, ...NO_DIRECTORIES }

export function wasiFilesystem({
  files = memoryFiles(),
  now = Date.now,
}: WasiFilesystemOptions = {}): Capability {
  return {
    name: 'files',
    interfaces: [...Object.keys(TYPES), PREOPENS],
    example: '"files": { "scratch": true }',
    suspends: [],
    configure({ agent, grant }): ConfiguredCapability {
      // The manifest's parser has checked the shape.
      const granted = grant as FileAreas | undefined
      const areas = keptAreas(agent, granted, files)
      const isEmpty = areas.size === 0 && granted?.scratch === undefined
      return {
        granted: true,
        ...(isEmpty ? { initial: NO_DIRECTORIES } : {}),
        prepare: (context) =>
          isEmpty ? NOTHING : { ...TYPES, ...preopens(areas, granted, context, now) },
        async [Symbol.asyncDispose]() {
          areas.clear()
        },
      }
    },
  }
}

/** The areas that all invocations of an agent share. */
function keptAreas(
  agent: string,
  granted: FileAreas | undefined,
  files: FilesDriver,
): Map<string, FileArea> {
  const areas = new Map<string, FileArea>()
  if (granted?.input === true) {
    const maxBytes = Number.MAX_SAFE_INTEGER
    areas.set('/input', files.open({ agent, area: 'input', writable: false, maxBytes }))
  }
  if (granted?.output !== undefined) {
    const { maxBytes } = granted.output
    areas.set('/output', files.open({ agent, area: 'output', writable: true, maxBytes }))
  }
  return areas
}

function preopens(
  kept: ReadonlyMap<string, FileArea>,
  granted: FileAreas | undefined,
  context: InvocationContext,
  now: () => number,
): Imports {
  const open: OpenDescriptors = new Set()
  context.defer(() => {
    for (const descriptor of open) descriptor[Symbol.dispose]()
  })
  const areas = new Map(kept)
  if (granted?.scratch !== undefined)
    areas.set('/scratch', new MemoryArea({ ...granted.scratch, writable: true, now }))
  return {
    [PREOPENS]: {
      getDirectories: () =>
        [...areas].map(([path, area]) => {
          const flags = { read: true, mutateDirectory: area.writable }
          return [new Descriptor(area, area.root, flags, open), path]
        }),
    },
  }
}

function filesystemErrorCode(error: IoError): FileErrorCode | undefined {
  const cause = causeOf(error)
  return cause instanceof FileFailure ? cause.code : undefined
}
