/** Assets in files of this machine. @module */
export { openAssets } from './asset-files.ts'
