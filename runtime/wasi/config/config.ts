/**
 * `wasi:config` and the environment of a program, over the capability `config`: values that the manifest sets, and never
 * the host's own environment.
 *
 * @module
 */
import type { Capability, HostFunction, InvocationContext } from '../../host-module/index.ts'
import { extend, type GuestFunctions } from '../extend.ts'

const ENVIRONMENT = 'wasi:cli/environment'

/** Adds `wasi:config` and `wasi:cli/environment` to `config`. */
export function wasiConfig(config: Capability): Capability {
  return extend(config, {
    interfaces: ['wasi:config/store', 'wasi:config/runtime', ENVIRONMENT],
    suspends: false,
    adapt: (functions, context) => {
      const store = {
        get: (key: string) => functions['get']?.(key),
        getAll: () => functions['all']?.(),
      }
      return {
        'wasi:config/store': store,
        // The name it had before it was called a store.
        'wasi:config/runtime': store,
        [ENVIRONMENT]: environment(functions, context),
      }
    },
    initial: (functions) => ({ [ENVIRONMENT]: environment(functions) }),
  })
}

function environment(
  functions: GuestFunctions,
  context?: InvocationContext,
): Readonly<Record<string, HostFunction>> {
  return {
    getEnvironment: () => functions['all']?.(),
    getArguments: () => [...(context?.program?.args ?? [])],
    initialCwd: () => undefined,
  }
}
