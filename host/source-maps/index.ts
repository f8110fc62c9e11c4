/** Places in the sources of an agent, in place of places in its bundle. @module */
export { isSameMap, packMap, unpackMap, type PackedMap } from './packed-map.ts'
export { SourceMaps, type MappedVersion } from './source-maps.ts'
export { MAX_MAP_CHARACTERS, readSourceMap, type SourceMapContent } from './source-map-text.ts'
export { stackMapper, type StackMapper } from './stack-mapper.ts'
