//! End-to-end tests; this library is empty, the tests are beside it.
