;; Products of one query with many embeddings of 8 bits, which lie one after the other.
;;
;; Build: deno run -A tools/build_kernels.ts
(module
  (memory (import "memory" "codes") 1 65536)

  ;; For each of $count slots, whose numbers lie at $slots (u32), the product of the query at $query
  ;; (i16 [$size]) with the codes of that slot (i8 [$size], the first slot's at $codes) goes to $into
  ;; (i32). $size is a multiple of 16, and the query small enough for sums of 32 bits.
  (func (export "products")
    (param $query i32) (param $codes i32) (param $size i32)
    (param $slots i32) (param $count i32) (param $into i32)
    (local $code i32) (local $at i32) (local $end i32) (local $block v128)
    (local $even v128) (local $odd v128)
    (if (i32.eqz (local.get $count)) (then (return)))
    (loop $slot
      (local.set $code
        (i32.add
          (local.get $codes)
          (i32.mul (i32.load (local.get $slots)) (local.get $size))))
      (local.set $end (i32.add (local.get $code) (local.get $size)))
      (local.set $at (local.get $query))
      (local.set $even (v128.const i32x4 0 0 0 0))
      (local.set $odd (v128.const i32x4 0 0 0 0))
      (loop $part
        (local.set $block (v128.load (local.get $code)))
        (local.set $even
          (i32x4.add
            (local.get $even)
            (i32x4.dot_i16x8_s
              (i16x8.extend_low_i8x16_s (local.get $block))
              (v128.load (local.get $at)))))
        (local.set $odd
          (i32x4.add
            (local.get $odd)
            (i32x4.dot_i16x8_s
              (i16x8.extend_high_i8x16_s (local.get $block))
              (v128.load offset=16 (local.get $at)))))
        (local.set $at (i32.add (local.get $at) (i32.const 32)))
        (local.set $code (i32.add (local.get $code) (i32.const 16)))
        (br_if $part (i32.lt_u (local.get $code) (local.get $end))))
      (local.set $even (i32x4.add (local.get $even) (local.get $odd)))
      (i32.store
        (local.get $into)
        (i32.add
          (i32.add
            (i32x4.extract_lane 0 (local.get $even))
            (i32x4.extract_lane 1 (local.get $even)))
          (i32.add
            (i32x4.extract_lane 2 (local.get $even))
            (i32x4.extract_lane 3 (local.get $even)))))
      (local.set $slots (i32.add (local.get $slots) (i32.const 4)))
      (local.set $into (i32.add (local.get $into) (i32.const 4)))
      (br_if $slot (local.tee $count (i32.sub (local.get $count) (i32.const 1)))))))
