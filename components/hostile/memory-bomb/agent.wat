;; Takes all the memory it is given and writes to every page, then reports how many pages it got.
(component
  (core module $m
    (memory (export "memory") 1)
    (func (export "run") (param i32) (result i32)
      (loop $more
        (i32.store (i32.mul (i32.sub (memory.size) (i32.const 1)) (i32.const 65536)) (i32.const -1))
        (br_if $more (i32.ne (memory.grow (i32.const 1)) (i32.const -1))))
      (memory.size)))
  (core instance $i (instantiate $m))
  (func (export "run") (param "n" u32) (result u32) (canon lift (core func $i "run"))))
