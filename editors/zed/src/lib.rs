//! Finds the server for Zed: the one of the user's settings, of their PATH, or the latest release, and says how to start it.

use zed_extension_api::settings::LspSettings;
use zed_extension_api::{
    Architecture, Command, DownloadedFileType, Extension, GithubReleaseOptions, LanguageServerId,
    LanguageServerInstallationStatus as Status, Os, Result, Worktree, current_platform,
    download_file, latest_github_release, make_file_executable, register_extension, serde_json,
    set_language_server_installation_status as set_status,
};

/// Where releases are.
const REPOSITORY: &str = "firesteel/firesteel";

struct Firesteel {
    /// The program of a release that this session has fetched or found fetched.
    fetched: Option<String>,
}

/// Rust's name of the platform, by which a release's archives are named.
fn triple() -> Result<&'static str> {
    Ok(match current_platform() {
        (Os::Linux, Architecture::X8664) => "x86_64-unknown-linux-gnu",
        (Os::Linux, Architecture::Aarch64) => "aarch64-unknown-linux-gnu",
        (Os::Mac, Architecture::X8664) => "x86_64-apple-darwin",
        (Os::Mac, Architecture::Aarch64) => "aarch64-apple-darwin",
        (Os::Windows, Architecture::X8664) => "x86_64-pc-windows-msvc",
        (Os::Windows, Architecture::Aarch64) => "aarch64-pc-windows-msvc",
        (_, Architecture::X86) => return Err("Firesteel is not released for 32-bit machines".into()),
    })
}

impl Firesteel {
    /// The program of the latest release, in the extension's folder; fetched when it is not there.
    fn release(&mut self, id: &LanguageServerId) -> Result<String> {
        if let Some(program) = &self.fetched {
            return Ok(program.clone());
        }
        set_status(id, &Status::CheckingForUpdate);
        let options = GithubReleaseOptions { require_assets: true, pre_release: false };
        let release = latest_github_release(REPOSITORY, options)?;
        let folder = format!("firesteel-{}-{}", release.version.trim_start_matches('v'), triple()?);
        let (suffix, kind, program) = match current_platform().0 {
            Os::Windows => ("zip", DownloadedFileType::Zip, "firesteel.exe"),
            Os::Linux | Os::Mac => ("tar.gz", DownloadedFileType::GzipTar, "firesteel"),
        };
        let name = format!("{folder}.{suffix}");
        let asset = release
            .assets
            .iter()
            .find(|asset| asset.name == name)
            .ok_or_else(|| format!("release {} of Firesteel has no {name}", release.version))?;
        let program = format!("{folder}/{folder}/{program}");
        if std::fs::metadata(&program).is_err() {
            set_status(id, &Status::Downloading);
            download_file(&asset.download_url, &folder, kind)?;
            make_file_executable(&program)?;
        }
        set_status(id, &Status::None);
        self.fetched = Some(program.clone());
        Ok(program)
    }
}

impl Extension for Firesteel {
    fn new() -> Self {
        Self { fetched: None }
    }

    fn language_server_command(&mut self, id: &LanguageServerId, worktree: &Worktree) -> Result<Command> {
        let binary = LspSettings::for_worktree(id.as_ref(), worktree).ok().and_then(|settings| settings.binary);
        let (chosen, arguments) = binary.map_or((None, None), |binary| (binary.path, binary.arguments));
        let command = match chosen.or_else(|| worktree.which("firesteel")) {
            Some(program) => program,
            None => self.release(id)?,
        };
        let args = arguments.unwrap_or_else(|| vec!["lsp".into()]);
        Ok(Command { command, args, env: worktree.shell_env() })
    }

    fn language_server_initialization_options(
        &mut self,
        id: &LanguageServerId,
        worktree: &Worktree,
    ) -> Result<Option<serde_json::Value>> {
        Ok(LspSettings::for_worktree(id.as_ref(), worktree)?.initialization_options)
    }

    fn language_server_workspace_configuration(
        &mut self,
        id: &LanguageServerId,
        worktree: &Worktree,
    ) -> Result<Option<serde_json::Value>> {
        let settings = LspSettings::for_worktree(id.as_ref(), worktree)?.settings;
        Ok(settings.map(|settings| serde_json::json!({ "firesteel": settings })))
    }
}

register_extension!(Firesteel);
