/** `node:os`: the same facts for every agent, none of them of the host. @module */
export const EOL = '\n'
export const devNull = '/dev/null'
export const constants = { signals: {}, errno: {}, priority: {} }
export const arch = (): string => 'wasm32'
export const availableParallelism = (): number => 1
export const cpus = (): unknown[] => []
export const endianness = (): string => 'LE'
export const freemem = (): number => 0
export const homedir = (): string => '/'
export const hostname = (): string => 'localhost'
export const loadavg = (): number[] => [0, 0, 0]
export const machine = (): string => 'wasm32'
export const networkInterfaces = (): object => ({})
export const platform = (): string => 'linux'
export const release = (): string => ''
export const tmpdir = (): string => '/tmp'
export const totalmem = (): number => 0
export const type = (): string => 'Linux'
export const uptime = (): number => 0
export const userInfo = (): object => ({
  uid: -1,
  gid: -1,
  username: '',
  homedir: '/',
  shell: null,
})
export const version = (): string => ''
export default {
  EOL,
  arch,
  availableParallelism,
  constants,
  cpus,
  devNull,
  endianness,
  freemem,
  homedir,
  hostname,
  loadavg,
  machine,
  networkInterfaces,
  platform,
  release,
  tmpdir,
  totalmem,
  type,
  uptime,
  userInfo,
  version,
}
