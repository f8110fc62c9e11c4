;; Waits twenty frames deep under a handler for everything. When the wait ends, it calls the host and waits again.
(component
  (import "acme:host/env" (instance $env
    (export "wait" (func (param "n" u32) (result u32)))
    (export "note" (func (param "n" u32)))))
  (alias export $env "wait" (func $wait))
  (alias export $env "note" (func $note))
  (core func $wait (canon lower (func $wait)))
  (core func $note (canon lower (func $note)))
  (core module $m
    (import "" "wait" (func $wait (param i32) (result i32)))
    (import "" "note" (func $note (param i32)))
    (func $deep (param $left i32) (result i32)
      (if (i32.eqz (local.get $left)) (then (return (call $wait (i32.const 1)))))
      (call $deep (i32.sub (local.get $left) (i32.const 1))))
    (func (export "run") (param i32) (result i32)
      (loop $again
        (block $caught
          (try_table (catch_all $caught)
            (drop (call $deep (i32.const 20)))))
        (call $note (i32.const 7))
        (br $again))
      (unreachable)))
  (core instance $i (instantiate $m (with "" (instance
    (export "wait" (func $wait))
    (export "note" (func $note))))))
  (func (export "run") (param "n" u32) (result u32) (canon lift (core func $i "run"))))
