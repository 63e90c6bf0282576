//! Keeps count of what is in a warehouse.

use std::collections::HashMap;

#[derive(Debug, Default)]
pub struct Inventory {
    counts: HashMap<String, u32>,
    prices: HashMap<String, u32>,
}

#[derive(Debug, PartialEq)]
pub enum Shortage {
    Unknown,
    TooFew(u32),
}

impl Inventory {
    pub fn add(&mut self, name: &str, count: u32) {
        *self.counts.entry(name.to_string()).or_insert(0) += count;
    }

    pub fn set_price(&mut self, name: &str, price: u32) {
        *self.prices.entry(name.to_string()).or_insert(0) = price;
    }

    pub fn count(&self, name: &str) -> Option<u32> {
        self.counts.get(name).copied()
    }

    pub fn price(&self, name: &str) -> Option<u32> {
        self.prices.get(name).copied()
    }

    pub fn take(&mut self, name: &str, count: u32) -> Result<u32, Shortage> {
        let stock = self.counts.get_mut(name).ok_or(Shortage::Unknown)?;
        if *stock < count {
            return Err(Shortage::TooFew(*stock));
        }
        *stock -= count;
        Ok(*stock)
    }

    pub fn value(&self) -> u32 {
        self.counts
            .iter()
            .map(|(name, count)| count * self.prices.get(name).copied().unwrap_or(0))
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adding_twice_adds_up() {
        let mut inventory = Inventory::default();
        inventory.add("bolt", 3);
        inventory.add("bolt", 4);
        assert_eq!(inventory.count("bolt"), Some(7));
    }

    #[test]
    fn taking_too_many_fails() {
        let mut inventory = Inventory::default();
        inventory.add("bolt", 3);
        assert_eq!(inventory.take("bolt", 4), Err(Shortage::TooFew(3)));
    }
}
