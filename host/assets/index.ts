/** Files that an agent serves beside its answers. @module */
export {
  checkPack,
  INDEX_HEAD_BYTES,
  indexEnd,
  MAX_ASSET_BYTES,
  MAX_ASSET_FILES,
  packAssets,
  readIndex,
  type AssetFile,
  type AssetInput,
  type PackedAssets,
} from './asset-pack.ts'
export { isAssetPath, isShown, isShownFolder } from './asset-path.ts'
export { AssetTable, type AssetRequest, type AssetRules, type FoundAsset } from './asset-table.ts'
export { contentType } from './content-type.ts'
export { answerAsset, type AssetAnswer } from './answer-asset.ts'
export { chooseEncoding, type Encoding } from './accept-encoding.ts'
export type { AssetContent, ServedAssets } from './served-assets.ts'
