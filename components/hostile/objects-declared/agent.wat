;; Begins with a gigabyte, which a constant expression makes before any code runs.
(component
  (core module $m
    (type $array (array (mut i64)))
    (global (ref $array) (array.new_default $array (i32.const 120000000)))
    (func (export "run") (param i32) (result i32) (local.get 0)))
  (core instance $i (instantiate $m))
  (func (export "run") (param "n" u32) (result u32) (canon lift (core func $i "run"))))
