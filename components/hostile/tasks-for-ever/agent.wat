;; Calls another component a few times, never waits for it, and yields with it for ever.
(component
  (component $Callee
    (core module $m
      (func (export "spin") (result i32) (i32.const 1))
      (func (export "callback") (param i32 i32 i32) (result i32) (i32.const 1)))
    (core instance $i (instantiate $m))
    (func (export "spin") async
      (canon lift (core func $i "spin") async (callback (core func $i "callback")))))
  (component $Caller
    (import "spin" (func $spin async))
    (core module $libc (memory (export "memory") 1))
    (core instance $libc (instantiate $libc))
    (core func $spin (canon lower (func $spin) async (memory (core memory $libc "memory"))))
    (core module $m (import "" "spin" (func $spin (result i32)))
      (func (export "run") (param i32) (result i32)
        (loop $more
          (drop (call $spin))
          (br_if $more (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
        (i32.const 1))
      (func (export "callback") (param i32 i32 i32) (result i32) (i32.const 1)))
    (core instance $i (instantiate $m (with "" (instance (export "spin" (func $spin))))))
    (func (export "run") async (param "n" u32) (result u32)
      (canon lift (core func $i "run") async (callback (core func $i "callback")))))
  (instance $callee (instantiate $Callee))
  (instance $caller (instantiate $Caller (with "spin" (func $callee "spin"))))
  (export "run" (func $caller "run")))
