//! The mixer's inner loop: a row of inputs times a matrix. Each sum is taken in the same order on every machine, so results are the same.

/// Sums kept in registers at once.
const LANES: usize = 32;

/// Adds to `out` the product of a row of inputs, many of them zero, and a matrix with a row of weights for each input.
pub(crate) fn add_product(inputs: &[f32], weights: &[f32], out: &mut [f32]) {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") {
        #[expect(
            unsafe_code,
            reason = "a function that may use AVX2 can only be called where the processor has it"
        )]
        // SAFETY: the line above asked the processor.
        unsafe {
            add_product_avx2(inputs, weights, out);
        }
        return;
    }
    add_product_plain(inputs, weights, out);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn add_product_avx2(inputs: &[f32], weights: &[f32], out: &mut [f32]) {
    add_product_plain(inputs, weights, out);
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

/// Adds a multiple of one row to another.
pub(crate) fn add_scaled(factor: f32, from: &[f32], to: &mut [f32]) {
    add_product(&[factor], from, to);
}

/// Adds to each row of a matrix the errors, times the input of that row.
pub(crate) fn add_outer(inputs: &[f32], errors: &[f32], matrix: &mut [f32]) {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") {
        #[expect(
            unsafe_code,
            reason = "a function that may use AVX2 can only be called where the processor has it"
        )]
        // SAFETY: the line above asked the processor.
        unsafe {
            add_outer_avx2(inputs, errors, matrix);
        }
        return;
    }
    add_outer_plain(inputs, errors, matrix);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn add_outer_avx2(inputs: &[f32], errors: &[f32], matrix: &mut [f32]) {
    add_outer_plain(inputs, errors, matrix);
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
}
