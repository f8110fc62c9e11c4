/**
 * WASI interfaces of a capability, for tests that call them as the linker would.
 *
 * @module
 */
import type { HostModule } from '../../host-module/index.ts'
import { configured, testInvocation, type TestInvocation } from '../../host-module/testing.ts'
import type { InvocationContext } from '../../host-module/index.ts'

export type Functions = Readonly<Record<string, (...args: unknown[]) => unknown>>

export interface Adapted extends TestInvocation {
  /** The functions of `name`. */
  of(name: string): Functions
}

export async function adapted(
  capability: HostModule,
  grant: unknown,
  extra: Partial<InvocationContext> = {},
  budgets: Parameters<typeof testInvocation>[1] = {},
): Promise<Adapted> {
  const ready = await configured(capability, grant)
  const invocation = testInvocation('tester', budgets)
  const imports = ready.prepare({ ...invocation.context, ...extra })
  return {
    ...invocation,
    get fuel() {
      return invocation.fuel
    },
    // The cast drops parameter types: tests pass the values that a guest would.
    of: (name) => (imports[name] ?? {}) as unknown as Functions,
  }
}
