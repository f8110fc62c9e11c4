;; Keeps arrays of 80 MB each, one after the other.
(component
  (core module $m
    (type $array (array (mut i64)))
    (type $link (struct (field (ref null $link)) (field (ref $array))))
    (global $all (mut (ref null $link)) (ref.null $link))
    (func (export "run") (param $n i32) (result i32)
      (loop $more
        (global.set $all
          (struct.new $link (global.get $all) (array.new_default $array (i32.const 10000000))))
        (br_if $more (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
      (local.get $n)))
  (core instance $i (instantiate $m))
  (func (export "run") (param "n" u32) (result u32) (canon lift (core func $i "run"))))
