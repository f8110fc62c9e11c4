;; Writes a million lines.
(component
  (import "mayfly:agent/log@0.1.0" (instance $log
    (type $l (enum "debug" "info" "warn" "error"))
    (export "level" (type $level (eq $l)))
    (export "write" (func (param "level" $level) (param "message" string)))))
  (core module $memory (memory (export "memory") 1) (data (i32.const 0) "all work and no play"))
  (core instance $memory (instantiate $memory))
  (core func $write (canon lower (func $log "write") (memory (core memory $memory "memory"))))
  (core module $m
    (import "log" "write" (func $write (param i32 i32 i32)))
    (func (export "run") (param i32) (result i32)
      (local $left i32)
      (local.set $left (i32.const 1000000))
      (loop $more
        (call $write (i32.const 1) (i32.const 0) (i32.const 20))
        (br_if $more (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
      (i32.const 1000000)))
  (core instance $i (instantiate $m (with "log" (instance (export "write" (func $write))))))
  (func (export "run") (param "n" u32) (result u32) (canon lift (core func $i "run"))))
