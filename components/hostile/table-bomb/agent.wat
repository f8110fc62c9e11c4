;; Grows a table until it may not, and reports how many elements it got.
(component
  (core module $m
    (table $t 1 funcref)
    (func (export "run") (param i32) (result i32)
      (loop $more
        (br_if $more (i32.ne (table.grow $t (ref.null func) (i32.const 1000)) (i32.const -1))))
      (table.size $t)))
  (core instance $i (instantiate $m))
  (func (export "run") (param "n" u32) (result u32) (canon lift (core func $i "run"))))
