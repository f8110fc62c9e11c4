;; Makes an array in an element of a table that no code uses.
(component
  (core module $m
    (type $array (array (mut i64)))
    (table $t 1 (ref null $array))
    (elem (table $t) (i32.const 0) (ref null $array)
      (item (array.new_default $array (i32.const 120000000))))
    (func (export "run") (param i32) (result i32) (local.get 0)))
  (core instance $i (instantiate $m))
  (func (export "run") (param "n" u32) (result u32) (canon lift (core func $i "run"))))
