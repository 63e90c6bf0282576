//! Which files are private by their name, so that no model learns from them and none is shown them.

use std::path::Path;

/// Endings of key stores, certificates and the like.
const EXTENSIONS: &[&str] = &[
    "asc", "gpg", "jks", "kdbx", "key", "keystore", "p12", "pem", "pfx", "pkcs12", "ppk",
];
/// Whole names of files that hold keys and passwords.
const NAMES: &[&str] = &[
    ".htpasswd",
    ".netrc",
    ".npmrc",
    ".pgpass",
    ".pypirc",
    "_netrc",
    "credentials",
    "id_dsa",
    "id_ecdsa",
    "id_ed25519",
    "id_rsa",
    "secrets.toml",
    "secrets.yaml",
    "secrets.yml",
];

/// Whether a file must stay private whatever its content: environment files, keys, certificates, password files.
///
/// ```
/// # use std::path::Path;
/// use firesteel_privacy::is_private;
/// assert!(is_private(Path::new("deploy/.env.production")));
/// assert!(!is_private(Path::new("src/environment.rs")));
/// ```
pub fn is_private(path: &Path) -> bool {
    let lower =
        |part: Option<&std::ffi::OsStr>| part.map(|part| part.to_string_lossy().to_lowercase());
    let (name, extension) = (lower(path.file_name()), lower(path.extension()));
    let name = name.unwrap_or_default();
    name == ".env"
        || name.starts_with(".env.")
        || name == ".envrc"
        || NAMES.contains(&name.as_str())
        || extension
            .is_some_and(|extension| extension == "env" || EXTENSIONS.contains(&extension.as_str()))
}
