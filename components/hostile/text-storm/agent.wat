;; Passes 4 million characters to the host for ever: they cost the host milliseconds and the guest an instruction.
(component
  (import "acme:host/env" (instance $env (export "take" (func (param "text" string)))))
  (core module $memory (memory (export "memory") 64))
  (core instance $mem (instantiate $memory))
  (core func $take (canon lower (func $env "take") (memory (core memory $mem "memory"))))
  (core module $m
    (import "env" "take" (func $take (param i32 i32)))
    (func (export "run") (param i32) (result i32)
      (loop $again (call $take (i32.const 0) (i32.const 4194304)) (br $again))
      unreachable))
  (core instance $i (instantiate $m (with "env" (instance (export "take" (func $take))))))
  (func (export "run") (param "n" u32) (result u32) (canon lift (core func $i "run"))))
