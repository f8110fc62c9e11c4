;; Begins with more table elements than the code of any program needs.
(component
  (core module $m
    (table 600000 funcref) (table 600000 funcref)
    (func (export "run") (param i32) (result i32) (local.get 0)))
  (core instance $i (instantiate $m))
  (func (export "run") (param "n" u32) (result u32) (canon lift (core func $i "run"))))
