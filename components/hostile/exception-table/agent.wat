;; Keeps exceptions in a table.
(component
  (core module $m
    (tag $t (param i64))
    (table $all 100000 exnref)
    (func (export "run") (param $n i32) (result i32)
      (loop $more
        (local.set $n (i32.sub (local.get $n) (i32.const 1)))
        (table.set $all (local.get $n)
          (block $caught (result exnref)
            (try_table (catch_all_ref $caught) (throw $t (i64.const 1)))
            unreachable))
        (br_if $more (local.get $n)))
      (local.get $n)))
  (core instance $i (instantiate $m))
  (func (export "run") (param "n" u32) (result u32) (canon lift (core func $i "run"))))
