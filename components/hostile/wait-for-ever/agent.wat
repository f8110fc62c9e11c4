;; An asynchronous export that waits for a set of nothing: no call of the host is under way.
(component
  (core func $new (canon waitable-set.new))
  (core module $m
    (import "" "new" (func $new (result i32)))
    (func (export "run") (param i32) (result i32)
      (i32.or (i32.const 2) (i32.shl (call $new) (i32.const 4))))
    (func (export "callback") (param i32 i32 i32) (result i32) (i32.const 0)))
  (core instance $i (instantiate $m (with "" (instance (export "new" (func $new))))))
  (func (export "run") async (param "n" u32) (result u32)
    (canon lift (core func $i "run") async (callback (core func $i "callback")))))
