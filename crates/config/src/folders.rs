//! Where the platform keeps a user's configurations and caches.
//!
//! A folder counts only if its path is absolute: with `HOME` or `XDG_CONFIG_HOME` empty or relative it would lie in the
//! project that is open.

use std::path::{Path, PathBuf};

use etcetera::base_strategy::{BaseStrategy, choose_base_strategy, choose_native_strategy};

/// The name of a configuration file.
pub const FILE_NAME: &str = "firesteel.toml";
/// Our folder in the platform's.
const FOLDER: &str = "firesteel";

/// The places of the user's own file, the preferred one first: `$XDG_CONFIG_HOME/firesteel` or `~/.config/firesteel`, on
/// macOS also `~/Library/Application Support/firesteel`; on Windows `%APPDATA%\firesteel`.
pub fn user_files() -> Vec<PathBuf> {
    let folders = [
        choose_base_strategy()
            .ok()
            .map(|platform| platform.config_dir()),
        native_config_dir(),
    ];
    let mut files = Vec::new();
    for folder in folders
        .into_iter()
        .flatten()
        .filter(|folder| folder.is_absolute())
    {
        let file = folder.join(FOLDER).join(FILE_NAME);
        if !files.contains(&file) {
            files.push(file);
        }
    }
    files
}

/// The user's own file: the first that is there, or where it would be made.
pub fn user_file() -> Option<PathBuf> {
    let files = user_files();
    let there = files.iter().find(|file| file.symlink_metadata().is_ok());
    there.or(files.first()).cloned()
}

/// The file of the project at `root`.
pub fn project_file(root: &Path) -> PathBuf {
    root.join(FILE_NAME)
}

/// Our folder in the user's cache folder; none where the platform has none for this user.
pub fn cache_dir() -> Option<PathBuf> {
    let platform = choose_native_strategy().ok()?;
    let folder = platform.cache_dir();
    folder.is_absolute().then(|| folder.join(FOLDER))
}

/// On macOS, Apple's folder; elsewhere the same as the base strategy's.
fn native_config_dir() -> Option<PathBuf> {
    let platform = choose_native_strategy().ok()?;
    match cfg!(target_os = "macos") {
        // Configurations that users are meant to edit lie there; `Preferences` is for property lists.
        true => Some(platform.data_dir()),
        false => Some(platform.config_dir()),
    }
}
