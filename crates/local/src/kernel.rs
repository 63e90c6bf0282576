//! The mixer's inner loops: rows of inputs times a matrix. Each sum is taken in the same order on every machine, so results are the same.

/// Sums kept in registers at once.
const LANES: usize = 32;
/// Rows of inputs that go over the matrix together, and the sums of each that are kept in registers meanwhile.
const ROWS: usize = 4;
const ROW_LANES: usize = 16;

/// Arithmetic that is worth AVX2.
enum Work<'a> {
    Product(&'a [f32], &'a [f32], &'a mut [f32]),
    Products(&'a [f32], usize, &'a [f32], &'a mut [f32]),
    Outer(&'a [f32], &'a [f32], &'a mut [f32]),
}

/// Does the work, with AVX2 where the processor has it.
fn run(work: Work<'_>) {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") {
        #[target_feature(enable = "avx2")]
        fn with_avx2(work: Work<'_>) {
            run_plain(work);
        }
        #[expect(
            unsafe_code,
            reason = "a function that may use AVX2 can only be called where the processor has it"
        )]
        // SAFETY: the condition above asked the processor.
        unsafe {
            with_avx2(work);
        }
        return;
    }
    run_plain(work);
}

/// Inlined, with all that it calls, into functions with and without AVX2.
#[inline(always)]
fn run_plain(work: Work<'_>) {
    match work {
        Work::Product(inputs, weights, out) => add_product_plain(inputs, weights, out),
        Work::Products(inputs, depth, weights, out) => {
            add_products_plain(inputs, depth, weights, out);
        }
        Work::Outer(inputs, errors, matrix) => add_outer_plain(inputs, errors, matrix),
    }
}

/// Adds to `out` the product of a row of inputs, many of them zero, and a matrix with a row of weights for each input.
pub(crate) fn add_product(inputs: &[f32], weights: &[f32], out: &mut [f32]) {
    run(Work::Product(inputs, weights, out));
}

/// The same for several rows of inputs, each `depth` long; `out` has as many rows.
pub(crate) fn add_products(inputs: &[f32], depth: usize, weights: &[f32], out: &mut [f32]) {
    run(Work::Products(inputs, depth, weights, out));
}

/// Adds a multiple of one row to another.
pub(crate) fn add_scaled(factor: f32, from: &[f32], to: &mut [f32]) {
    add_product(&[factor], from, to);
}

/// Adds to each row of a matrix the errors, times the input of that row.
pub(crate) fn add_outer(inputs: &[f32], errors: &[f32], matrix: &mut [f32]) {
    run(Work::Outer(inputs, errors, matrix));
}

#[inline(always)]
fn add_product_plain(inputs: &[f32], weights: &[f32], out: &mut [f32]) {
    let width = out.len();
    let mut lanes = out.chunks_exact_mut(LANES);
    let mut at = 0;
    for sums in &mut lanes {
        let mut kept = [0.0; LANES];
        kept.copy_from_slice(sums);
        for (&input, row) in inputs.iter().zip(weights.chunks_exact(width)) {
            if input != 0.0 {
                let row = &row[at..at + LANES];
                for lane in 0..LANES {
                    kept[lane] += input * row[lane];
                }
            }
        }
        sums.copy_from_slice(&kept);
        at += LANES;
    }
    let rest = lanes.into_remainder();
    if rest.is_empty() {
        return;
    }
    for (&input, row) in inputs.iter().zip(weights.chunks_exact(width)) {
        if input != 0.0 {
            for (sum, weight) in rest.iter_mut().zip(&row[at..]) {
                *sum += input * weight;
            }
        }
    }
}

/// Rows of the matrix are read once for several rows of inputs, for together they do not fit the nearest cache.
#[inline(always)]
fn add_products_plain(inputs: &[f32], depth: usize, weights: &[f32], out: &mut [f32]) {
    let width = weights.len() / depth;
    let wide = width - width % ROW_LANES;
    let whole = inputs.len() / depth / ROWS * ROWS;
    let (inputs, last_inputs) = inputs.split_at(whole * depth);
    let (out, last_out) = out.split_at_mut(whole * width);
    let blocks = inputs.chunks_exact(ROWS * depth);
    for (inputs, out) in blocks.zip(out.chunks_exact_mut(ROWS * width)) {
        for at in (0..wide).step_by(ROW_LANES) {
            add_block(inputs, depth, weights, at, out);
        }
        for at in wide..width {
            add_column(inputs, depth, weights, at, out);
        }
    }
    let rest = last_inputs.chunks_exact(depth);
    for (inputs, out) in rest.zip(last_out.chunks_exact_mut(width)) {
        add_product_plain(inputs, weights, out);
    }
}

/// Sixteen columns of the product for four rows of inputs.
#[inline(always)]
fn add_block(inputs: &[f32], depth: usize, weights: &[f32], at: usize, out: &mut [f32]) {
    let width = weights.len() / depth;
    let mut kept = [[0.0; ROW_LANES]; ROWS];
    for (row, kept) in kept.iter_mut().enumerate() {
        kept.copy_from_slice(&out[row * width + at..][..ROW_LANES]);
    }
    let [a, b, c, d] = std::array::from_fn(|row| &inputs[row * depth..][..depth]);
    for (index, weights) in weights.chunks_exact(width).enumerate() {
        let weights = &weights[at..at + ROW_LANES];
        let inputs = [a[index], b[index], c[index], d[index]];
        for row in 0..ROWS {
            for lane in 0..ROW_LANES {
                kept[row][lane] += inputs[row] * weights[lane];
            }
        }
    }
    for (row, kept) in kept.iter().enumerate() {
        out[row * width + at..][..ROW_LANES].copy_from_slice(kept);
    }
}

/// One column of the product for as many rows.
#[inline(always)]
fn add_column(inputs: &[f32], depth: usize, weights: &[f32], at: usize, out: &mut [f32]) {
    let width = weights.len() / depth;
    let rows = inputs.chunks_exact(depth).zip(out.chunks_exact_mut(width));
    for (inputs, out) in rows {
        for (&input, weights) in inputs.iter().zip(weights.chunks_exact(width)) {
            out[at] += input * weights[at];
        }
    }
}

#[inline(always)]
fn add_outer_plain(inputs: &[f32], errors: &[f32], matrix: &mut [f32]) {
    for (&input, row) in inputs.iter().zip(matrix.chunks_exact_mut(errors.len())) {
        if input != 0.0 {
            row.iter_mut()
                .zip(errors)
                .for_each(|(sum, error)| *sum += input * error);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fast_way_and_the_plain_way_agree_to_the_last_bit() {
        for width in [1, 31, 32, 40, 96] {
            let number = |index: usize| ((index * 7919 % 101) as f32 - 50.0) / 33.0;
            let inputs: Vec<f32> = (0..17)
                .map(|index| if index % 3 == 0 { 0.0 } else { number(index) })
                .collect();
            let weights: Vec<f32> = (0..17 * width).map(number).collect();
            let mut fast: Vec<f32> = (0..width).map(number).collect();
            let mut plain = fast.clone();
            let mut expected = fast.clone();
            add_product(&inputs, &weights, &mut fast);
            add_product_plain(&inputs, &weights, &mut plain);
            for (input, row) in inputs.iter().zip(weights.chunks_exact(width)) {
                for (sum, weight) in expected.iter_mut().zip(row) {
                    *sum += input * weight;
                }
            }
            assert_eq!(fast, plain);
            assert_eq!(fast, expected);
        }
    }

    #[test]
    fn rows_together_are_as_rows_alone() {
        for (rows, depth, width) in [(1, 5, 3), (4, 9, 16), (7, 17, 40), (9, 3, 96)] {
            let number = |index: usize| ((index * 7919 % 101) as f32 - 50.0) / 33.0;
            let inputs: Vec<f32> = (0..rows * depth).map(number).collect();
            let weights: Vec<f32> = (0..depth * width).map(number).collect();
            let mut together: Vec<f32> = (0..rows * width).map(number).collect();
            let mut alone = together.clone();
            add_products(&inputs, depth, &weights, &mut together);
            let each = inputs
                .chunks_exact(depth)
                .zip(alone.chunks_exact_mut(width));
            each.for_each(|(inputs, out)| add_product(inputs, &weights, out));
            assert_eq!(together, alone);
        }
    }
}
