;; Grows its table while it initialises, then in each request. Reports how many elements there are.
(component
  (core module $m
    (table $t 0 externref)
    (func $start (drop (table.grow $t (ref.null extern) (i32.const 30000))))
    (start $start)
    (func (export "run") (param $n i32) (result i32)
      (loop $more (br_if $more
        (i32.ne (table.grow $t (ref.null extern) (local.get $n)) (i32.const -1))))
      (table.size $t)))
  (core instance $i (instantiate $m))
  (func (export "run") (param "n" u32) (result u32) (canon lift (core func $i "run"))))
