/** How modules of an agent are found and read, beside what esbuild does by itself. @module */
export { nodeModules } from './node-modules.ts'
export { emptyGenerators } from './empty-generators.ts'
export { fileKinds, fileOfInput, KINDS } from './file-kinds.ts'
export { pagePackages } from './page-packages.ts'
export { earlierFiles, missingFiles } from './absent-files.ts'
export { optionFiles } from './option-files.ts'
