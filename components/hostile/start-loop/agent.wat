;; Computes for ever before there is any request.
(component
  (core module $m
    (func $start (loop $for-ever (br $for-ever)))
    (start $start)
    (func (export "run") (param i32) (result i32) (local.get 0)))
  (core instance $i (instantiate $m))
  (func (export "run") (param "n" u32) (result u32) (canon lift (core func $i "run"))))
