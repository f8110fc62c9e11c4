/**
 * `wasi:filesystem` over the areas the manifest grants under `files`, kept in memory.
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
import { Area } from './area.ts'
import { Descriptor, DirectoryEntryStream, type OpenDescriptors } from './descriptor.ts'
import { FileFailure, type FileErrorCode } from './file-error.ts'

export interface WasiFilesystemOptions {
  /**
   * The files of the area `input` of an agent, by path.
   *
   * @default none
   */
  input?: (agent: string) => Readonly<Record<string, Uint8Array>>
  /**
   * Milliseconds since 1970, for timestamps.
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
  input = () => ({}),
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
      const areas = keptAreas(granted, () => input(agent), now)
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
  granted: FileAreas | undefined,
  input: () => Readonly<Record<string, Uint8Array>>,
  now: () => number,
): Map<string, Area> {
  const areas = new Map<string, Area>()
  if (granted?.input === true) areas.set('/input', inputArea(input(), now))
  if (granted?.output !== undefined)
    areas.set('/output', new Area({ ...granted.output, writable: true, now }))
  return areas
}

function inputArea(files: Readonly<Record<string, Uint8Array>>, now: () => number): Area {
  const area = new Area({ writable: false, maxBytes: Number.MAX_SAFE_INTEGER, now })
  for (const [path, bytes] of Object.entries(files)) {
    const names = path.split('/').filter((name) => name !== '')
    const name = names.pop() ?? ''
    let parent = area.root
    for (const each of names) {
      const found = parent.entries.get(each)
      parent = found?.kind === 'directory' ? found : area.addDirectory(parent, each)
    }
    const file = area.addFile(parent, name)
    file.bytes = bytes
    file.size = bytes.byteLength
  }
  return area
}

function preopens(
  kept: ReadonlyMap<string, Area>,
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
    areas.set('/scratch', new Area({ ...granted.scratch, writable: true, now }))
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
