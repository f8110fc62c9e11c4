/** Where a host keeps secrets. @module */
export { environmentSecrets, type EnvironmentSecretsOptions } from './environment-secrets.ts'
export { fileSecrets, type FileSecretsOptions } from './file-secrets.ts'
export { firstOf } from './first-of.ts'
export { hostSecrets } from './host-secrets.ts'
export { readPrivateFile } from './read-private-file.ts'
