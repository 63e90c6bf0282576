//! The folders of the workspace, and the files in them as they come, go, change and are renamed.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use firesteel_config::{FILE_NAME, user_files};
use firesteel_host::Observation;
use firesteel_privacy::is_ignore_file;
use firesteel_text::DocumentId;

use crate::session::Core;
use crate::uris::{FilesParams, FoldersParams, RenamedParams, WatchedFilesParams};

impl Core {
    /// The folders of the workspace.
    pub(crate) fn roots(&self) -> Vec<DocumentId> {
        self.roots
            .lock()
            .map_or_else(|it| it.into_inner().clone(), |it| it.clone())
    }

    /// Those of them that are on this machine's disk.
    pub(crate) fn folders(&self) -> Vec<PathBuf> {
        on_disk(&self.roots())
    }

    /// Folders were added to the workspace or removed. What is private is judged by the new ones at once; the index, the projects'
    /// settings and the watcher follow.
    pub(crate) fn did_change_folders(self: &Arc<Self>, params: FoldersParams) {
        let removed: Vec<DocumentId> = params.removed().collect();
        let roots = {
            let mut roots = self.roots.lock().unwrap_or_else(|it| it.into_inner());
            roots.retain(|root| !removed.contains(root));
            for added in params.added() {
                if !roots.contains(&added) {
                    roots.push(added);
                }
            }
            roots.clone()
        };
        self.guard
            .move_to(roots.iter().filter_map(DocumentId::file_path).collect());
        let folders = on_disk(&roots);
        self.embedded.observe(Observation::Roots(folders.clone()));
        self.watch.move_to(folders);
        let core = self.clone();
        tokio::task::spawn_blocking(move || core.read_configuration());
    }

    /// Files were made, changed or deleted. Rules of what is private count at once, all else is taken in on a thread of its own, which
    /// also reads a message that is long.
    pub(crate) fn did_change_watched_files(self: &Arc<Self>, params: &str) {
        let names_rules = |text: &str| text.contains("ignore") || text.contains("exclude");
        if params.len() > READ_HERE {
            if names_rules(params) {
                self.guard.changed(Path::new("/"));
            }
            return self.watch.unread(params.to_owned());
        }
        match serde_json::from_str::<WatchedFilesParams>(params) {
            Ok(params) => {
                let uris: Vec<String> = params.changes.into_iter().map(|it| it.uri).collect();
                for uri in uris.iter().filter(|uri| names_rules(uri)) {
                    self.heed(&DocumentId::parse(uri).path());
                }
                self.watch.changed(uris);
            }
            Err(error) => tracing::error!(%error, "changed files: bad parameters"),
        }
    }

    /// Files and folders were renamed: what can be taken back in them is found under their new names.
    pub(crate) fn did_rename_files(self: &Arc<Self>, params: RenamedParams) {
        let mut uris = Vec::new();
        for renamed in params.files {
            self.runs.renamed(
                &DocumentId::parse(&renamed.old_uri),
                &DocumentId::parse(&renamed.new_uri),
            );
            uris.extend([renamed.old_uri, renamed.new_uri]);
        }
        self.watch.changed(uris);
    }

    /// Files and folders are about to be renamed: the editor may open them by their new names before it says that it has renamed
    /// them.
    pub(crate) fn will_rename_files(self: &Arc<Self>, params: RenamedParams) {
        for renamed in params.files {
            let old = DocumentId::parse(&renamed.old_uri);
            self.runs
                .expect_renamed(old, DocumentId::parse(&renamed.new_uri));
        }
    }

    /// Files were made or deleted by the editor.
    pub(crate) fn did_make_or_delete_files(self: &Arc<Self>, params: FilesParams) {
        self.watch
            .changed(params.files.into_iter().map(|file| file.uri).collect());
    }

    /// Has the guard look again at an ignore file that was opened, saved, closed or changed.
    pub(crate) fn heed(&self, path: &Path) {
        if is_ignore_file(path) {
            self.guard.changed(path);
        }
    }

    /// Takes in paths that have changed on the disk. Reads some of them.
    pub(crate) fn files_changed(self: &Arc<Self>, paths: &[PathBuf]) {
        for path in paths {
            self.heed(path);
            self.engine.file_changed(path);
        }
        if paths.iter().any(|path| self.is_configuration(path)) {
            self.read_configuration();
        }
        self.embedded.files_changed(paths);
    }

    /// Whether a file holds settings of ours: the user's own, or one of the projects'.
    pub(crate) fn is_configuration(&self, path: &Path) -> bool {
        path.ends_with(FILE_NAME)
            && (user_files().iter().any(|own| own == path)
                || self
                    .folders()
                    .iter()
                    .any(|root| path.parent() == Some(root)))
    }

    /// Reads the files of settings again, and tells the user what of them is not used.
    pub(crate) fn read_configuration(self: &Arc<Self>) {
        let folders = self.folders();
        let problems = self.reconfigure(|settings| settings.read(&folders));
        let core = self.clone();
        self.runtime
            .spawn(async move { core.report(problems).await });
    }
}

/// Bytes of a message about changed files that the ingress reads itself.
const READ_HERE: usize = 32 * 1024;

pub(crate) fn on_disk(roots: &[DocumentId]) -> Vec<PathBuf> {
    roots.iter().filter_map(DocumentId::on_disk).collect()
}
