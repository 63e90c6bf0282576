//! Which names say that their value is a secret.
