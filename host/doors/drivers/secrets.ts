/** Secrets for http rules: from environment variables, from files. @module */
export {
  environmentSecrets,
  fileSecrets,
  firstOf,
  type EnvironmentSecretsOptions,
  type FileSecretsOptions,
} from '../../drivers/secrets/index.ts'
