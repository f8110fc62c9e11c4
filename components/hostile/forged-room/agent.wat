;; Imports the global with its remaining allocation, under the name that the host uses.
(component
  (core module $fake (global (export "room") (mut i32) (i32.const 1)))
  (core instance $fake (instantiate $fake))
  (core module $m
    (import "[mayfly]" "room" (global $room (mut i32)))
    (func (export "run") (param i32) (result i32)
      (global.set $room (i32.const 2147483647)) (local.get 0)))
  (core instance $i (instantiate $m (with "[mayfly]" (instance $fake))))
  (func (export "run") (param "n" u32) (result u32) (canon lift (core func $i "run"))))
