class Ledger {
    int first(Statement statement) {
        return statement.quarterlyTotal(Currency.EURO);
    }

    int second(Statement statement) {
        return statement.quarterlyTotal(Currency.EURO);
    }
}
