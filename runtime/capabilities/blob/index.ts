/** Bytes that pass by reference. @module */
export { blob } from './blob.ts'
export {
  Blob,
  contentFor,
  contentOfBlob,
  keepAsBlob,
  openBlob,
  type BlobOptions,
} from './resource.ts'
