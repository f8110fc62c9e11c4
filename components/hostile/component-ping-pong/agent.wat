;; One component inside hands another 60 KB, again and again: next to no work for the guest, much for the host.
(component
  (component $Pong
    (core module $m
      (memory (export "memory") 2)
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 0))
      (func (export "take") (param i32 i32)))
    (core instance $i (instantiate $m))
    (func (export "take") (param "bytes" (list u8))
      (canon lift (core func $i "take") (memory (core memory $i "memory")) (realloc (core func $i "realloc")))))
  (instance $pong (instantiate $Pong))
  (core module $Memory (memory (export "memory") 1))
  (core instance $memory (instantiate $Memory))
  (core func $take (canon lower (func $pong "take") (memory (core memory $memory "memory"))))
  (core module $m
    (import "pong" "take" (func $take (param i32 i32)))
    (func (export "run") (param i32) (result i32)
      (loop $again (call $take (i32.const 0) (i32.const 60000)) (br $again))
      unreachable))
  (core instance $i (instantiate $m (with "pong" (instance (export "take" (func $take))))))
  (func (export "run") (param "n" u32) (result u32) (canon lift (core func $i "run"))))
