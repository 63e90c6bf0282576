//! The model in the user's file.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use firesteel_config::{Added, Layer, MAX_BYTES, NewModel, add_model, read_regular, user_file};

use super::talk::Talk;

/// Shows what is to be added, and adds it if that is wanted.
pub(super) fn write(talk: &Talk, new: &NewModel) -> Result<ExitCode> {
    let Some(path) = user_file() else {
        anyhow::bail!("this user has no folder for settings: set HOME or XDG_CONFIG_HOME");
    };
    let text = read_regular(&path, MAX_BYTES).with_context(|| path.display().to_string())?;
    let text = String::from_utf8(text.unwrap_or_default())
        .with_context(|| format!("{} is no UTF-8", path.display()))?;
    let own = firesteel_host::of_text(&text);
    let added = add_model(&text, &own, new)
        .with_context(|| format!("{} is left as it is", path.display()))?;
    let (text, added, behind) = match added {
        Added::Already => {
            talk.say(&format!(
                "{} has it already; nothing to do.",
                path.display()
            ));
            return Ok(ExitCode::SUCCESS);
        }
        Added::Changed {
            text,
            added,
            behind,
        } => (text, added, behind),
    };
    talk.say(&format!("For {}:", path.display()));
    talk.toml(&added);
    if !behind.is_empty() {
        talk.say(&format!(
            "What you have stays; {} is asked next for completions.",
            behind.join(", ")
        ));
    }
    if talk.asks("Write that?")? != Some(true) {
        return Ok(ExitCode::SUCCESS);
    }
    replace(&path, &text)?;
    talk.say(&format!("Written to {}.", path.display()));
    if let Some(problem) = overridden() {
        talk.say(&format!("But {problem}"));
    }
    talk.say("Editors take it at their next start. `firesteel doctor` tries every role.");
    Ok(ExitCode::SUCCESS)
}

/// Puts a whole new text in the file's place, so that it is never half there. A link stays a link.
fn replace(path: &Path, text: &str) -> Result<()> {
    let target: PathBuf = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let folder = target.parent().unwrap_or(Path::new("."));
    let cannot = || format!("cannot write {}", target.display());
    std::fs::create_dir_all(folder).with_context(cannot)?;
    let mut file = tempfile::NamedTempFile::new_in(folder).with_context(cannot)?;
    file.write_all(text.as_bytes()).with_context(cannot)?;
    if let Ok(before) = target.metadata() {
        file.as_file()
            .set_permissions(before.permissions())
            .with_context(cannot)?;
    }
    file.as_file().sync_all().with_context(cannot)?;
    file.persist(&target).with_context(cannot)?;
    Ok(())
}

/// Settings of the environment that decide over the model as well.
fn overridden() -> Option<String> {
    let layer: Layer = firesteel_config::environment(std::env::vars_os());
    let values = layer.values.as_object()?;
    let names: Vec<_> = values
        .keys()
        .filter(|name| name.starts_with("model.") || name.starts_with("roles."))
        .cloned()
        .collect();
    (!names.is_empty()).then(|| {
        format!(
            "variables of the environment set something of models too: {}",
            names.join(", ")
        )
    })
}
