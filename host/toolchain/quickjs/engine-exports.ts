/**
 * Names of the merged module and of the evaluator. Apart from what makes these, which few builds load.
 *
 * @module
 */

/** Functions of the merged module that the build calls. All other exports of the engine are dropped if unused. */
export const BUILD_EXPORTS = [
  'memory',
  '__stack_pointer',
  '_initialize',
  'block',
  'handle',
  'run',
  'deliver',
  'invoke',
  'callback',
  'reallocate',
  'initialize',
  'renew',
  'bind',
  'install',
  'qjs_init',
  'qjs_set_max_stack_size',
  'qjs_set_promise_rejection_handler',
  'qjs_set_gc_threshold',
  'qjs_compute_memory_usage',
  'qjs_run_gc',
  'qjs_compile',
  'qjs_eval_bytecode',
  'qjs_is_exception',
  'qjs_get_exception',
  'qjs_get_global',
  'qjs_get_prop_string',
  'qjs_set_prop_string',
  'qjs_get_string',
  'qjs_free_cstring',
  'qjs_new_object',
  'qjs_get_undefined',
  'qjs_call',
  'qjs_free_value',
  'qjs_promise_state',
  'qjs_promise_result',
  'qjs_is_job_pending',
  'qjs_execute_pending_job',
  'wasm_malloc',
  'wasm_free',
] as const

/** Further functions that it calls in the module of `mergeEvaluator`. */
export const EVALUATOR_EXPORTS = ['qjs_set_interrupt_handler', 'qjs_eval'] as const

/** The import of that module that is asked whether a script is to be interrupted: an i32, 1 for yes. */
export const INTERRUPT = { module: 'mayfly:build', name: 'interrupted' } as const
