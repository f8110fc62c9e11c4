/** From source to component. @module */
export { adaptCoreModule } from './adapt-core-module.ts'
export { agentsIn, folderOf, foldersIn, isFolder, siblingsOf } from './agent-folders.ts'
export {
  buildAgent,
  defaultCacheDirectory,
  type BuildAgentOptions,
  type BuiltAgent,
} from './build-agent.ts'
export { collectAssets, type AssetPlace } from './collect-assets.ts'
export { digestOf } from '../digest/index.ts'
export type { Digest } from '../../runtime/digest/index.ts'
export {
  loadManifest,
  MANIFEST_FILE,
  type LoadedManifest,
  type LoadManifestOptions,
} from './load-manifest.ts'
export { mapPath, readMapOf } from './map-file.ts'
export { TOOLS } from './languages/index.ts'
export { findTool } from './languages/run-tool.ts'
export { OPTIONAL_IMPORTS_SECTION } from './optional-imports.ts'
export { PACKAGE_DIRECTORY } from './package-files.ts'
export { installCommand, missingPeers, peerVersions } from './tool-packages.ts'
export { warmUpAgent } from './warm-up-agent.ts'
