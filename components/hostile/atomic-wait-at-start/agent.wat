;; Waits before it is even there.
(component
  (core module $m
    (memory 1 1 shared)
    (func $start (drop (memory.atomic.wait64 (i32.const 0) (i64.const 0) (i64.const -1))))
    (start $start)
    (func (export "run") (param i32) (result i32) (local.get 0)))
  (core instance $i (instantiate $m))
  (func (export "run") (param "n" u32) (result u32) (canon lift (core func $i "run"))))
