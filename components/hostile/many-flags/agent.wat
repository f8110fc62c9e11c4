;; Returns forty million flags: a byte each in the guest, an object each in the host.
(component
  (core module $m
    (memory (export "memory") 700)
    (func (export "run") (param i32) (result i32)
      (i32.store (i32.const 0) (i32.const 8))
      (i32.store (i32.const 4) (i32.const 40000000))
      (i32.const 0)))
  (core instance $i (instantiate $m))
  (type $flags' (flags "a" "b"))
  (export $flags "set" (type $flags'))
  (func (export "run") (param "n" u32) (result (list $flags))
    (canon lift (core func $i "run") (memory (core memory $i "memory")))))
