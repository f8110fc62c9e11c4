;; Keeps small objects, as many as it is asked for.
(component
  (core module $m
    (type $link (struct (field (ref null $link)) (field i64) (field i64)))
    (global $all (mut (ref null $link)) (ref.null $link))
    (func (export "run") (param $n i32) (result i32)
      (local $made i32)
      (loop $more
        (global.set $all (struct.new $link (global.get $all) (i64.const 1) (i64.const 2)))
        (local.set $made (i32.add (local.get $made) (i32.const 1)))
        (br_if $more (i32.lt_u (local.get $made) (local.get $n))))
      (local.get $made)))
  (core instance $i (instantiate $m))
  (func (export "run") (param "n" u32) (result u32) (canon lift (core func $i "run"))))
