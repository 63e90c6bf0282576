//! The user's own settings lie outside the workspace, where no client looks: a watcher of ours tells when they change.

use std::path::{Path, PathBuf};

use firesteel_config::user_files;
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};

/// Watches the folders of the user's own files.
pub(super) struct SettingsWatcher {
    watcher: RecommendedWatcher,
    files: Vec<PathBuf>,
}

impl SettingsWatcher {
    /// Calls `changed` whenever one of the files may have changed; nothing where the system watches no files.
    pub(super) fn start(changed: impl Fn() + Send + 'static) -> Option<Self> {
        let files = user_files();
        let of_interest = files.clone();
        let on_event = move |event: notify::Result<Event>| {
            let concerns = |event: &Event| {
                !matches!(event.kind, EventKind::Access(_))
                    && event.paths.iter().any(|path| concerns(path, &of_interest))
            };
            if event.as_ref().map_or(true, concerns) {
                changed();
            }
        };
        let watcher = notify::recommended_watcher(on_event)
            .inspect_err(|error| tracing::debug!(%error, "the user's settings are not watched"))
            .ok()?;
        let mut settings = Self { watcher, files };
        settings.watch();
        Some(settings)
    }

    /// Watches the folders that are there by now; the user's files.
    pub(super) fn watch(&mut self) -> &[PathBuf] {
        for file in &self.files {
            // The folder is watched and not the file, for editors replace files; and the one above, where the folder will come.
            let target = file.canonicalize().ok();
            let folders = [
                file.parent(),
                above(file),
                target.as_deref().and_then(Path::parent),
            ];
            for folder in folders
                .into_iter()
                .flatten()
                .filter(|folder| folder.is_dir())
            {
                if let Err(error) = self.watcher.watch(folder, RecursiveMode::NonRecursive) {
                    tracing::debug!(%error, "the user's settings are not watched");
                }
            }
        }
        &self.files
    }
}

/// Whether a path is one of the files, what a link in its place leads to, or its folder.
fn concerns(path: &Path, files: &[PathBuf]) -> bool {
    files.iter().any(|file| {
        path == file
            || Some(path) == file.parent()
            || path.file_name() == file.file_name()
                && file.canonicalize().is_ok_and(|it| it == path)
    })
}

fn above(file: &Path) -> Option<&Path> {
    file.parent()?.parent()
}
