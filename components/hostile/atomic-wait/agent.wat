;; Waits for a thread that there is none of, and would hold its own for ever.
(component
  (core module $m
    (memory 1 1 shared)
    (func (export "run") (param i32) (result i32)
      (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1))))
  (core instance $i (instantiate $m))
  (func (export "run") (param "n" u32) (result u32) (canon lift (core func $i "run"))))
