;; Grows its memory by `n` pages in every request and reports how many there were before.
(component
  (core module $m
    (memory (export "memory") 1)
    (func (export "run") (param i32) (result i32)
      (local $before i32)
      (local.set $before (memory.size))
      (if (i32.eq (memory.grow (local.get 0)) (i32.const -1)) (then unreachable))
      (i32.store (i32.sub (i32.mul (memory.size) (i32.const 65536)) (i32.const 4)) (i32.const 7))
      (local.get $before)))
  (core instance $i (instantiate $m))
  (func (export "run") (param "n" u32) (result u32) (canon lift (core func $i "run"))))
