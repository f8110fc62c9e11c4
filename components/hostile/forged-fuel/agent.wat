;; Imports its own fuel under the name that the host once gave it, and fills it up again and again.
(component
  (core module $fake (global (export "fuel") (mut i32) (i32.const 1)))
  (core instance $fake (instantiate $fake))
  (core module $m
    (import "mayfly" "fuel" (global $fuel (mut i32)))
    (func (export "run") (param i32) (result i32)
      (loop $for-ever (global.set $fuel (i32.const 2147483647)) (br $for-ever))
      unreachable))
  (core instance $i (instantiate $m (with "mayfly" (instance $fake))))
  (func (export "run") (param "n" u32) (result u32) (canon lift (core func $i "run"))))
