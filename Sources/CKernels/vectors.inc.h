// Vectors as wide as the instruction set's registers, and how they are loaded and stored.
//
// Elementwise results do not depend on the number of lanes, so each instruction set uses its own: GLIA_WIDTH bytes.
// Where the order of a sum depends on lanes (reduce.inc.h) there are 16 virtual ones everywhere.
// No vector crosses the boundary of a real function, so the warning about its calling convention has no subject.
#pragma clang diagnostic ignored "-Wpsabi"

#define GLIA_INLINE static inline __attribute__((always_inline, unused))

enum { LANES32 = GLIA_WIDTH / 4, LANES64 = GLIA_WIDTH / 8 };

typedef float f32v __attribute__((ext_vector_type(GLIA_WIDTH / 4)));
typedef int i32v __attribute__((ext_vector_type(GLIA_WIDTH / 4)));
typedef double f64v __attribute__((ext_vector_type(GLIA_WIDTH / 8)));
typedef long i64v __attribute__((ext_vector_type(GLIA_WIDTH / 8)));  // a comparison of doubles gives long everywhere
typedef float f32h __attribute__((ext_vector_type(GLIA_WIDTH / 8)));  // as many float32 as a vector has float64
_Static_assert(sizeof(long) == 8, "vectors of float64 are compared into vectors of long");

GLIA_INLINE f32v load_f32(const void *p) {
  f32v v;
  memcpy(&v, p, sizeof v);
  return v;
}
GLIA_INLINE void store_f32(void *p, f32v v) { memcpy(p, &v, sizeof v); }
GLIA_INLINE f64v load_f64(const void *p) {
  f64v v;
  memcpy(&v, p, sizeof v);
  return v;
}
GLIA_INLINE void store_f64(void *p, f64v v) { memcpy(p, &v, sizeof v); }

// The tail of an array: count lanes, 0 < count < LANES; the others are loaded as zero and not stored. Nothing beyond
// the array is touched, as it may be another thread's or not be mapped at all.
#if GLIA_WIDTH == 64
GLIA_INLINE f32v load_part_f32(const void *p, size_t count) {
  return (f32v)_mm512_maskz_loadu_ps((__mmask16)((1u << count) - 1), p);
}
GLIA_INLINE void store_part_f32(void *p, f32v v, size_t count) {
  _mm512_mask_storeu_ps(p, (__mmask16)((1u << count) - 1), (__m512)v);
}
GLIA_INLINE f64v load_part_f64(const void *p, size_t count) {
  return (f64v)_mm512_maskz_loadu_pd((__mmask8)((1u << count) - 1), p);
}
GLIA_INLINE void store_part_f64(void *p, f64v v, size_t count) {
  _mm512_mask_storeu_pd(p, (__mmask8)((1u << count) - 1), (__m512d)v);
}
#elif GLIA_WIDTH == 32
GLIA_INLINE __m256i mask_32(size_t count) {
  return _mm256_cmpgt_epi32(_mm256_set1_epi32((int)count), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
GLIA_INLINE __m256i mask_64(size_t count) {
  return _mm256_cmpgt_epi64(_mm256_set1_epi64x((long long)count), _mm256_setr_epi64x(0, 1, 2, 3));
}
GLIA_INLINE f32v load_part_f32(const void *p, size_t count) {
  return (f32v)_mm256_maskload_ps((const float *)p, mask_32(count));
}
// Stored in pieces, for some processors are very slow at masked stores.
GLIA_INLINE void store_part_f32(void *p, f32v v, size_t count) {
  char *to = p;
  __m128 part = _mm256_castps256_ps128((__m256)v);
  if (count & 4) {
    _mm_storeu_ps((float *)(void *)to, part);
    part = _mm256_extractf128_ps((__m256)v, 1);
    to += 16;
  }
  if (count & 2) {
    _mm_storel_pi((__m64 *)(void *)to, part);
    part = _mm_movehl_ps(part, part);
    to += 8;
  }
  if (count & 1) _mm_store_ss((float *)(void *)to, part);
}
GLIA_INLINE f64v load_part_f64(const void *p, size_t count) {
  return (f64v)_mm256_maskload_pd((const double *)p, mask_64(count));
}
GLIA_INLINE void store_part_f64(void *p, f64v v, size_t count) {
  double *to = p;
  __m128d part = _mm256_castpd256_pd128((__m256d)v);
  if (count & 2) {
    _mm_storeu_pd(to, part);
    part = _mm256_extractf128_pd((__m256d)v, 1);
    to += 2;
  }
  if (count & 1) _mm_store_sd(to, part);
}
#else
GLIA_INLINE float scalar_f32(const char *p) {
  float s;
  memcpy(&s, p, sizeof s);
  return s;
}
GLIA_INLINE f32v load_part_f32(const void *p, size_t count) {
  f32v v = 0;
  v.x = scalar_f32(p);
  if (count > 1) v.y = scalar_f32((const char *)p + 4);
  if (count > 2) v.z = scalar_f32((const char *)p + 8);
  return v;
}
GLIA_INLINE void store_part_f32(void *p, f32v v, size_t count) {
  float s[3] = {v.x, v.y, v.z};
  memcpy(p, &s[0], 4);
  if (count > 1) memcpy((char *)p + 4, &s[1], 4);
  if (count > 2) memcpy((char *)p + 8, &s[2], 4);
}
GLIA_INLINE f64v load_part_f64(const void *p, size_t count) {
  (void)count;  // of two lanes
  f64v v = 0;
  double s;
  memcpy(&s, p, sizeof s);
  v.x = s;
  return v;
}
GLIA_INLINE void store_part_f64(void *p, f64v v, size_t count) {
  (void)count;
  double s = v.x;
  memcpy(p, &s, sizeof s);
}
#endif

// ---- What the mathematics is written in -----------------------------------------------------------------------

GLIA_INLINE f32v fma_f32(f32v a, f32v b, f32v c) { return __builtin_elementwise_fma(a, b, c); }
GLIA_INLINE f64v fma_f64(f64v a, f64v b, f64v c) { return __builtin_elementwise_fma(a, b, c); }
GLIA_INLINE i32v bits_f32(f32v v) { return (i32v)v; }
GLIA_INLINE i64v bits_f64(f64v v) { return (i64v)v; }
GLIA_INLINE f32v from_bits_f32(i32v v) { return (f32v)v; }
GLIA_INLINE f64v from_bits_f64(i64v v) { return (f64v)v; }
GLIA_INLINE f32v abs_f32(f32v v) { return (f32v)((i32v)v & 0x7fffffff); }
GLIA_INLINE f64v abs_f64(f64v v) { return (f64v)((i64v)v & 0x7fffffffffffffff); }
/// The magnitude of a with the sign of b.
GLIA_INLINE f32v sign_from_f32(f32v a, f32v b) {
  return (f32v)(((i32v)a & 0x7fffffff) | ((i32v)b & (int)0x80000000));
}
GLIA_INLINE f64v sign_from_f64(f64v a, f64v b) {
  return (f64v)(((i64v)a & 0x7fffffffffffffff) | ((i64v)b & (long)0x8000000000000000));
}
