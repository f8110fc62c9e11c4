;; Moves pages between a guest's memory and the page store. `restore-helper.ts` holds this module in binary.
;;
;; A table is an array of page numbers in the store, one for each page of the image. A memory may have grown
;; beyond its image: the pages there are to be zero. Every function returns -1 and does nothing when the
;; memory is smaller than the image.
;;
;; Page numbers in the comments are those of 4 KiB pages; a mark covers its page and 256 bytes after it.
(module
  (import "m" "a" (memory $mem 0))
  (import "m" "b" (memory $map 0))
  (import "m" "c" (memory $store 0))
  ;; The number of a page in a table of `pages` pages.
  (func $number (param $page i32) (param $table i32) (param $pages i32) (result i32)
    (if (result i32) (i32.lt_u (local.get $page) (local.get $pages))
      (then (i32.load $store (i32.add (local.get $table) (i32.shl (local.get $page) (i32.const 2)))))
      (else (i32.const 0))))
  ;; Copies the first bytes of a page.
 (func $copy (param $page i32) (param $table i32) (param $pages i32) (param $bytes i32)
    (memory.copy $mem $store
      (i32.shl (local.get $page) (i32.const 12))
      (i32.shl (call $number (local.get $page) (local.get $table) (local.get $pages)) (i32.const 12))
      (local.get $bytes)))
  ;; Copies back the pages that are marked, and clears the marks. Returns how many.
 (func (export "restore") (param $table i32) (param $pages i32) (result i32)
    (local $page i32) (local $count i32) (local $end i32)
    (local.set $end (i32.shl (memory.size $mem) (i32.const 4)))
    (if (i32.lt_u (local.get $end) (local.get $pages)) (then (return (i32.const -1))))
    (block $done
    (loop $next
      (br_if $done (i32.ge_u (local.get $page) (local.get $end)))
      (if (i64.eqz (i64.load $map align=1 (local.get $page)))
        (then (local.set $page (i32.add (local.get $page) (i32.const 8))) (br $next)))
      (if (i32.load8_u $map (local.get $page))
        (then
          (call $copy (local.get $page) (local.get $table) (local.get $pages) (i32.const 4096))
          (i32.store8 $map (local.get $page) (i32.const 0))
          (local.set $count (i32.add (local.get $count) (i32.const 1)))
          (call $slack (local.get $page) (local.get $table) (local.get $pages))))
      (local.set $page (i32.add (local.get $page) (i32.const 1)))
      (br $next)))
    (local.get $count))
  ;; The 256 bytes after a marked page, unless that page is marked itself.
 (func $slack (param $page i32) (param $table i32) (param $pages i32)
    (if (i32.lt_u (local.tee $page (i32.add (local.get $page) (i32.const 1))) (i32.shl (memory.size $mem) (i32.const 4)))
      (then (if (i32.eqz (i32.load8_u $map (local.get $page)))
        (then (call $copy (local.get $page) (local.get $table) (local.get $pages) (i32.const 256)))))))
  ;; Copies the pages that are marked or differ between two images (the first has
  ;; `before` pages), and clears the marks. Returns how many.
 (func (export "switch") (param $from i32) (param $before i32) (param $to i32) (param $pages i32) (result i32)
    (local $page i32) (local $count i32) (local $marked i32) (local $end i32)
    (local.set $end (i32.shl (memory.size $mem) (i32.const 4)))
    (if (i32.lt_u (local.get $end) (local.get $pages)) (then (return (i32.const -1))))
    (block $done
    (loop $next
      (br_if $done (i32.ge_u (local.get $page) (local.get $end)))
      (if (i32.or
            (local.tee $marked (i32.load8_u $map (local.get $page)))
            (i32.ne
              (call $number (local.get $page) (local.get $from) (local.get $before))
              (call $number (local.get $page) (local.get $to) (local.get $pages))))
        (then
          (call $copy (local.get $page) (local.get $to) (local.get $pages) (i32.const 4096))
          (local.set $count (i32.add (local.get $count) (i32.const 1)))
          (if (local.get $marked)
            (then
              (i32.store8 $map (local.get $page) (i32.const 0))
              (call $slack (local.get $page) (local.get $to) (local.get $pages))))))
      (local.set $page (i32.add (local.get $page) (i32.const 1)))
      (br $next)))
    (local.get $count))
  ;; Copies all pages, neighbours in the store at once, and clears the marks.
 (func (export "copy") (param $table i32) (param $pages i32) (result i32)
    (local $page i32) (local $first i32) (local $run i32) (local $end i32)
    (local.set $end (i32.shl (memory.size $mem) (i32.const 4)))
    (if (i32.lt_u (local.get $end) (local.get $pages)) (then (return (i32.const -1))))
    (block $done
    (loop $next
      (br_if $done (i32.ge_u (local.get $page) (local.get $pages)))
      (local.set $first (i32.load $store (i32.add (local.get $table) (i32.shl (local.get $page) (i32.const 2)))))
      (local.set $run (i32.const 0))
      (loop $more
        (local.set $run (i32.add (local.get $run) (i32.const 1)))
        (if (i32.lt_u (i32.add (local.get $page) (local.get $run)) (local.get $pages))
          (then (br_if $more (i32.eq
            (i32.load $store (i32.add (local.get $table) (i32.shl (i32.add (local.get $page) (local.get $run)) (i32.const 2))))
            (select (i32.add (local.get $first) (local.get $run)) (i32.const 0) (local.get $first)))))))
      (if (local.get $first)
        (then (memory.copy $mem $store (i32.shl (local.get $page) (i32.const 12)) (i32.shl (local.get $first) (i32.const 12)) (i32.shl (local.get $run) (i32.const 12))))
        (else (memory.fill $mem (i32.shl (local.get $page) (i32.const 12)) (i32.const 0) (i32.shl (local.get $run) (i32.const 12)))))
      (local.set $page (i32.add (local.get $page) (local.get $run)))
      (br $next)))
    (memory.fill $mem (i32.shl (local.get $pages) (i32.const 12)) (i32.const 0)
      (i32.shl (i32.sub (local.get $end) (local.get $pages)) (i32.const 12)))
    (memory.fill $map (i32.const 0) (i32.const 0) (local.get $end))
    (local.get $end))
)
