/**
 * `wasi:config` and the environment of a program, over the capability `config`: values that the manifest sets, and never
 * the host's own environment.
 *
 * @module
 */
import type { Capability, Imports, InvocationContext } from '../../host-module/index.ts'
import { extend, type GuestFunctions } from '../extend.ts'

const ENVIRONMENT = 'wasi:cli/environment'
const ENVIRONMENT_3 = `${ENVIRONMENT}@0.3`

/** Adds `wasi:config` and `wasi:cli/environment` to `config`. */
export function wasiConfig(config: Capability): Capability {
  return extend(config, {
    interfaces: ['wasi:config/store', 'wasi:config/runtime', ENVIRONMENT, ENVIRONMENT_3],
    suspends: [],
    adapt: (functions, context) => {
      const store = {
        get: (key: string) => functions['get']?.(key),
        getAll: () => functions['all']?.(),
      }
      return {
        'wasi:config/store': store,
        // The name it had before it was called a store.
        'wasi:config/runtime': store,
        ...environments(functions, context),
      }
    },
    initial: (functions) => environments(functions),
  })
}

function environments(functions: GuestFunctions, context?: InvocationContext): Imports {
  const shared = {
    getEnvironment: () => functions['all']?.(),
    getArguments: () => [...(context?.program?.args ?? [])],
  }
  const nowhere = (): undefined => undefined
  return {
    [ENVIRONMENT]: { ...shared, initialCwd: nowhere },
    [ENVIRONMENT_3]: { ...shared, getInitialCwd: nowhere },
  }
}
