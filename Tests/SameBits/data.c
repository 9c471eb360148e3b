// Moving data: copies, fills, gathers, scatters, and random numbers.
#include "cases.h"

static const glia_type type_of_size[9] = {[1] = GLIA_BOOL, [2] = GLIA_FLOAT16, [4] = GLIA_INT32, [8] = GLIA_INT64};

static void set_any(glia_type type, void *array, int64_t count) {
  for (int64_t i = 0; i < count; i++) set_tame(type, array, i);
}

/// A transposition, reversed along some axes, into rows with gaps.
static void copy_case(int32_t size, uint64_t seed, bool is_large) {
  numbers_start(seed);
  begin_case();
  glia_copy copy = {.rank = (int32_t)random_between(1, 4), .element_size = size};
  int64_t elements = 1, src_count = 1, dst_count = 1, src_first = 0;
  for (int32_t i = 0; i < copy.rank; i++) {
    copy.dims[i] = is_large ? random_between(10, copy.rank > 3 ? 20 : 60) : random_between(1, 9);
    elements *= copy.dims[i];
  }
  int32_t turn = (int32_t)random_below(copy.rank);
  for (int32_t i = copy.rank - 1; i >= 0; i--) {
    int32_t axis = (i + turn) % copy.rank;
    copy.src_strides[axis] = src_count;
    src_count *= copy.dims[axis];
    copy.dst_strides[i] = dst_count;
    dst_count *= copy.dims[i] + (one_in(3) ? 1 : 0);
  }
  glia_type type = type_of_size[size];
  char *src = take(src_count, type);
  set_any(type, src, src_count);
  for (int32_t i = 0; i < copy.rank; i++) {
    if (!one_in(4)) continue;
    src_first += (copy.dims[i] - 1) * copy.src_strides[i];
    copy.src_strides[i] = -copy.src_strides[i];
  }
  copy.src = src + src_first * size;
  copy.dst = take(dst_count, type);
  run_kernel(glia_copy_kernel, &copy);
  hash_array(copy.dst, dst_count, type);
  end_case("copy %llu of %d bytes, %lld elements:", (unsigned long long)seed, size, (long long)elements);
}

static void fill_case(int32_t size) {
  numbers_start((uint64_t)size);
  begin_case();
  for (int64_t count = 0; count <= 70; count++) {
    glia_fill fill = {take(count, type_of_size[size]), count, size, random_bits()};
    run_kernel(glia_fill_kernel, &fill);
    hash_array(fill.dst, count, type_of_size[size]);
  }
  end_case("fill of %d bytes, 0 to 70 elements:", size);
}

static void *take_indices(glia_type type, int64_t count, int64_t size) {
  void *indices = take(count, type);
  for (int64_t i = 0; i < count; i++) {
    int64_t index = one_in(20) ? random_between(-2, size + 2) : random_below(size);
    if (type == GLIA_INT32) ((int32_t *)indices)[i] = (int32_t)index;
    else ((int64_t *)indices)[i] = index;
  }
  return indices;
}

static void gather_case(int32_t element, uint64_t seed, bool is_large) {
  numbers_start(seed);
  begin_case();
  glia_type type = type_of_size[element], index_type = one_in(2) ? GLIA_INT32 : GLIA_INT64;
  int64_t outer = random_between(1, 3), size = random_between(1, 50), count = random_between(0, is_large ? 3000 : 40);
  int64_t inner = random_between(1, is_large ? 200 : 9);
  void *src = take(outer * size * inner, type);
  set_any(type, src, outer * size * inner);
  glia_gather gather = {
      .src = src, .indices = take_indices(index_type, count, size), .dst = take(outer * count * inner, type),
      .outer = outer, .size = size, .count = count, .inner = inner, .element_size = element,
      .index_type = (uint8_t)index_type, .missing = random_bits(),
  };
  run_kernel(glia_gather_kernel, &gather);
  hash_array(gather.dst, outer * count * inner, type);
  end_case("gather %llu of %d bytes, %lld x %lld x %lld:", (unsigned long long)seed, element, (long long)outer,
           (long long)count, (long long)inner);
}

static void scatter_case(glia_type type, uint64_t seed) {
  numbers_start(seed);
  begin_case();
  glia_type index_type = one_in(2) ? GLIA_INT32 : GLIA_INT64;
  int64_t outer = random_between(1, 3), size = random_between(1, 50), count = random_between(0, 300);
  int64_t inner = random_between(1, 40);
  void *src = take(outer * count * inner, type);
  set_any(type, src, outer * count * inner);
  glia_scatter_add scatter = {
      .src = src, .indices = take_indices(index_type, count, size), .dst = take(outer * size * inner, type),
      .outer = outer, .size = size, .count = count, .inner = inner, .type = (uint8_t)type,
      .index_type = (uint8_t)index_type,
  };
  run_kernel(glia_scatter_add_kernel, &scatter);
  hash_array(scatter.dst, outer * size * inner, type);
  end_case("scatter-add %llu of %s, %lld x %lld x %lld:", (unsigned long long)seed, type_names[type], (long long)outer,
           (long long)count, (long long)inner);
}

/// Windows over the last two axes of [items, rows, columns], their elements before the places.
static void overlap_case(glia_type type, uint64_t seed) {
  numbers_start(seed);
  begin_case();
  glia_overlap_add overlap = {.rank = 5, .outer = 1, .type = (uint8_t)type};
  int64_t lengths[2], steps[2], strides[2], src_count = 1;
  overlap.dims[0] = random_between(1, seed % 10 ? 5 : 400);
  for (int i = 0; i < 2; i++) {
    overlap.dims[1 + i] = random_between(1, 4);
    overlap.dims[3 + i] = random_between(1, 20);
    steps[i] = random_between(1, 2);
    strides[i] = random_between(1, 3);
    lengths[i] = (overlap.dims[3 + i] - 1) * strides[i] + (overlap.dims[1 + i] - 1) * steps[i] + 1;
  }
  const int64_t dst_strides[5] = {lengths[0] * lengths[1], steps[0] * lengths[1], steps[1], strides[0] * lengths[1],
                                  strides[1]};
  for (int i = 4; i >= 0; i--) {
    overlap.src_strides[i] = src_count;
    src_count *= overlap.dims[i];
    overlap.dst_strides[i] = dst_strides[i];
  }
  overlap.count = overlap.dims[0] * lengths[0] * lengths[1];
  void *src = take(src_count, type);
  set_any(type, src, src_count);
  overlap.src = src;
  overlap.dst = take(overlap.count, type);
  run_kernel(glia_overlap_add_kernel, &overlap);
  hash_array(overlap.dst, overlap.count, type);
  end_case("overlap-add %llu of %s, %lld:", (unsigned long long)seed, type_names[type], (long long)overlap.count);
}

static void random_case(glia_type type, int64_t count) {
  numbers_start((uint64_t)count);
  begin_case();
  int64_t key[2] = {(int64_t)random_bits(), (int64_t)random_bits()};
  glia_random random = {key, take(count, type), count, random_bits(), (uint8_t)type};
  run_kernel(glia_random_kernel, &random);
  hash_array(random.dst, count, type);
  end_case("random numbers of %s, %lld:", type_names[type], (long long)count);
}

void data_cases(void) {
  for (int32_t size = 1; size <= 8; size *= 2) {
    for (uint64_t seed = 0; seed < 60; seed++) copy_case(size, seed, seed >= 50);
    fill_case(size);
    for (uint64_t seed = 0; seed < 30; seed++) gather_case(size, seed, seed >= 25);
  }
  for (int type = GLIA_FLOAT32; type <= GLIA_FLOAT64; type++) {
    for (uint64_t seed = 0; seed < 30; seed++) scatter_case((glia_type)type, seed);
    for (uint64_t seed = 0; seed < 40; seed++) overlap_case((glia_type)type, seed);
    for (int64_t count = 0; count < 70; count++) random_case((glia_type)type, count);
    random_case((glia_type)type, 200003);
  }
}
