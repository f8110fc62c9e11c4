;; Returns a list that claims `n` elements.
(component
  (core module $m
    (memory (export "memory") 1)
    (func (export "run") (param i32) (result i32)
      (i32.store (i32.const 0) (i32.const 16))
      (i32.store (i32.const 4) (local.get 0))
      (i32.const 0)))
  (core instance $i (instantiate $m))
  (func (export "run") (param "n" u32) (result (list u64))
    (canon lift (core func $i "run") (memory (core memory $i "memory")))))
