;; Returns `n` lists of `n` lists, all of them in the same few bytes: small for the guest, huge for the host.
(component
  (core module $m
    (memory (export "memory") 2)
    (func (export "run") (param i32) (result i32)
      (local $at i32)
      (loop $fill
        (i32.store (i32.add (i32.const 1024) (i32.shl (local.get $at) (i32.const 3))) (i32.const 1024))
        (i32.store (i32.add (i32.const 1028) (i32.shl (local.get $at) (i32.const 3))) (local.get 0))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br_if $fill (i32.lt_u (local.get $at) (local.get 0))))
      (i32.store (i32.const 0) (i32.const 1024))
      (i32.store (i32.const 4) (local.get 0))
      (i32.const 0)))
  (core instance $i (instantiate $m))
  (func (export "run") (param "n" u32) (result (list (list (list (list u8)))))
    (canon lift (core func $i "run") (memory (core memory $i "memory")))))
