/**
 * `WebAssembly`, which refuses to compile: the names are for packages that look before they use it.
 *
 * @module
 */

declare namespace WebAssembly {
  interface CompileError extends Error {}
  interface LinkError extends Error {}
  interface RuntimeError extends Error {}
  var CompileError: {
    prototype: CompileError
    new (message?: string, options?: ErrorOptions): CompileError
  }
  var LinkError: { prototype: LinkError; new (message?: string, options?: ErrorOptions): LinkError }
  var RuntimeError: {
    prototype: RuntimeError
    new (message?: string, options?: ErrorOptions): RuntimeError
  }

  type ExportValue = Function | Global | Memory | Table
  type Exports = Record<string, ExportValue>
  type ImportValue = ExportValue | number
  type ModuleImports = Record<string, ImportValue>
  type Imports = Record<string, ModuleImports>
  interface Module {}
  interface Instance {
    readonly exports: Exports
  }
  interface Exception {}
  interface Global {}
  interface Memory {
    readonly buffer: ArrayBuffer
  }
  interface Table {}
  interface Tag {}
  interface WebAssemblyInstantiatedSource {
    instance: Instance
    module: Module
  }
  // All of them throw.
  var Module: {
    prototype: Module
    new (bytes: BufferSource): Module
    customSections(module: Module, name: string): never
    exports(module: Module): never
    imports(module: Module): never
  }
  var Instance: { prototype: Instance; new (module: Module, imports?: Imports): Instance }
  var Exception: { prototype: Exception; new (tag: Tag, payload: any[]): Exception }
  var Global: { prototype: Global; new (descriptor: object, value?: any): Global }
  var Memory: { prototype: Memory; new (descriptor: object): Memory }
  var Table: { prototype: Table; new (descriptor: object, value?: any): Table }
  var Tag: { prototype: Tag; new (type: object): Tag }

  /** `false` for all bytes. */
  function validate(bytes: BufferSource): boolean
  /** Rejects, as the others below. */
  function compile(bytes: BufferSource): Promise<Module>
  function compileStreaming(source: Response | PromiseLike<Response>): Promise<Module>
  function instantiate(
    bytes: BufferSource,
    imports?: Imports,
  ): Promise<WebAssemblyInstantiatedSource>
  function instantiate(module: Module, imports?: Imports): Promise<Instance>
  function instantiateStreaming(
    source: Response | PromiseLike<Response>,
    imports?: Imports,
  ): Promise<WebAssemblyInstantiatedSource>
}
