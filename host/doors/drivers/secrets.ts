/** Secrets of agents: from environment variables, from files, from the store of `mayfly secret`. @module */
export {
  environmentSecrets,
  fileSecrets,
  firstOf,
  storedSecrets,
  type EnvironmentSecretsOptions,
  type FileSecretsOptions,
  type SecretStoreOptions,
} from '../../drivers/secrets/index.ts'
