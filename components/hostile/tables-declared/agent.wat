;; Begins with more table elements than it may have memory.
(component
  (core module $m
    (table 600000 funcref) (table 600000 funcref) (table 600000 externref)
    (table 600000 funcref) (table 600000 externref)
    (func (export "run") (param i32) (result i32) (local.get 0)))
  (core instance $i (instantiate $m))
  (func (export "run") (param "n" u32) (result u32) (canon lift (core func $i "run"))))
