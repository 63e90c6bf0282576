//! `firesteel.toml`: the user's own, and the project's.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{ConfigError, Layer};

const NAME: &str = "firesteel.toml";

/// The user's own file: in `$XDG_CONFIG_HOME/firesteel`, or `~/.config/firesteel`.
pub fn user_file() -> Option<PathBuf> {
    let base = std::env::var_os("XDG_CONFIG_HOME").map(PathBuf::from);
    let home = || Some(PathBuf::from(std::env::var_os("HOME")?).join(".config"));
    Some(base.or_else(home)?.join("firesteel").join(NAME))
}

/// The file of the project at `root`.
pub fn project_file(root: &Path) -> PathBuf {
    root.join(NAME)
}

/// The settings of a file; none when there is no such file.
pub(super) fn read(path: &Path, trusted: bool) -> Result<Option<Layer>, ConfigError> {
    let origin = path.display().to_string();
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            let problem = error.to_string();
            return Err(ConfigError { origin, problem });
        }
    };
    match toml::from_str::<Value>(&text) {
        Ok(values) => Ok(Some(Layer {
            origin,
            values,
            trusted,
        })),
        Err(error) => {
            let problem = error.message().to_owned();
            Err(ConfigError { origin, problem })
        }
    }
}
