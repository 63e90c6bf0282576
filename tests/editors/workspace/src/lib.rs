//! Shapes whose sizes may be missing.

pub struct Shape {
    sizes: Vec<Option<f64>>,
}

pub enum ShapeError {
    Empty,
}

impl Shape {
    pub fn size(&self, index: usize) -> Option<f64> {
        self.sizes.get(index).copied().flatten()
    }
}

pub fn checked_width(shape: &Shape) -> Result<f64, ShapeError> {
    let width = shape.size(0).ok_or(ShapeError::Empty)?;
    Ok(width)
}

pub fn checked_height(shape: &Shape) -> Result<f64, ShapeError> {
    let height = shape.size(1).ok_or(ShapeError::Empty)?;
    Ok(height)
}

pub fn checked_depth(shape: &Shape) -> Result<f64, ShapeError> {
    let depth = shape.size(2).ok_or(ShapeError::Empty)?;
    Ok(depth)
}

pub fn parse(text: &str, base: u32) -> Result<u32, ShapeError> {
    u32::from_str_radix(text, base).map_err(|_| ShapeError::Empty)
}

