//! Accounts and what was booked on them.

use std::collections::HashMap;

use crate::money::{Amount, Currency};

#[derive(Debug, Default)]
pub struct Ledger {
    entries: Vec<Entry>,
    limits: HashMap<String, i64>,
}

#[derive(Clone, Debug)]
pub struct Entry {
    pub account: String,
    pub amount: Amount,
}

#[derive(Debug, PartialEq)]
pub enum BookingError {
    UnknownAccount,
    OverLimit(i64),
}

impl Ledger {
    pub fn book(&mut self, account: &str, amount: Amount) -> Result<i64, BookingError> {
        let limit = self.limits.get(account).ok_or(BookingError::UnknownAccount)?;
        let total = self.balance(account, amount.currency) + amount.units;
        if total > *limit {
            return Err(BookingError::OverLimit(*limit));
        }
        self.entries.push(Entry { account: account.to_owned(), amount });
        Ok(total)
    }

    pub fn balance(&self, account: &str, currency: Currency) -> i64 {
        let own = self.entries.iter().filter(|entry| entry.account == account);
        own.filter(|entry| entry.amount.currency == currency)
            .map(|entry| entry.amount.units)
            .sum()
    }

    pub fn set_limit(&mut self, account: &str, limit: i64) {
        self.limits.insert(account.to_owned(), limit);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn euros(units: i64) -> Amount {
        Amount { units, currency: Currency::Eur }
    }

    #[test]
    fn booking_twice_adds_up() {
        let mut ledger = Ledger::default();
        ledger.set_limit("rent", 500);
        assert_eq!(ledger.book("rent", euros(200)), Ok(200));
        assert_eq!(ledger.book("rent", euros(100)), Ok(300));
    }

    #[test]
    fn booking_over_the_limit_fails() {
        let mut ledger = Ledger::default();
        ledger.set_limit("rent", 500);
        assert_eq!(ledger.book("rent", euros(700)), Err(BookingError::OverLimit(500)));
    }
}
