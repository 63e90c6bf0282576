//! The demo's own project, and what is done in it.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::acts::Player;

const FILES: [(&str, &str); 3] = [
    ("Cargo.toml", include_str!("../../demo/project/Cargo.toml")),
    (
        "src/money.rs",
        include_str!("../../demo/project/src/money.rs"),
    ),
    (
        "src/ledger.rs",
        include_str!("../../demo/project/src/ledger.rs"),
    ),
];

/// What would be wrong if the acts did not fit the project.
const CHANGED: &str = "the demo's project is not the one that its acts are for";

/// The project on disk, so that the server learns from real files; removed at the end.
pub(super) struct Project(PathBuf);

impl Project {
    pub(super) fn write() -> Result<Self> {
        let folder = std::env::temp_dir().join(format!("firesteel-demo-{}", std::process::id()));
        for (name, text) in FILES {
            let path = folder.join(name);
            std::fs::create_dir_all(path.parent().unwrap_or(&folder))?;
            std::fs::write(path, text)?;
        }
        Ok(Self(folder.canonicalize()?))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Project {
    fn drop(&mut self) {
        // What is left in the temporary folder does no harm.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The acts, one after the other.
pub(super) async fn play(player: &mut Player<'_>) -> Result<()> {
    let text = |name: &str| {
        FILES
            .iter()
            .find(|(own, _)| *own == name)
            .map_or("", |(_, text)| text)
    };
    let money = player.open("src/money.rs", "rust", text("src/money.rs"));
    player.stage.act(
        "A pattern that you are in the middle of",
        "The grey text is offered by an engine that has read this project and nothing else; Tab takes it.",
    );
    let at = player.behind(&money, "\"SEK\" => Some(Self::Sek),")?;
    player
        .type_there(&money, at, "\n            \"JPY\" => Some(Self::Jpy),")
        .await?;

    let ledger = player.open("src/ledger.rs", "rust", text("src/ledger.rs"));
    player.stage.act(
        "A test beside tests",
        "What the others begin with is offered whole; what is this test's own is yours to type.",
    );
    let at = player.behind(&ledger, "Err(BookingError::OverLimit(500)));\n    }")?;
    let test = "\n\n    #[test]\n    fn booking_on_an_unknown_account_fails() {\n        let mut ledger = Ledger::default();\n        \
                assert_eq!(ledger.book(\"food\", euros(100)), Err(BookingError::UnknownAccount));\n    }";
    player.type_there(&ledger, at, test).await?;

    player.stage.act(
        "Something new",
        "Nothing here says how to round to cents, so it keeps silent rather than guess, and you can ask why.",
    );
    let at = player.behind(&money, "pub currency: Currency,\n}")?;
    player
        .type_new(
            &money,
            at,
            "\n\npub fn cents(exact: f64) -> i64 {\n    (exact * 1e2).round() as i64\n}",
        )
        .await?;

    player.stage.act(
        "The edit that follows",
        "A variable is renamed by hand where it is declared; one key goes on to each of its other places.",
    );
    let before = player.text(&ledger);
    let declared = before.find("let total").context(CHANGED)?;
    let start = declared + "let ".len();
    player
        .rename(&ledger, start..start + "total".len(), "after")
        .await?;

    player.stage.act(
        "An edit that lands while you go on typing",
        "“Document this” is chosen for book(); meanwhile a line is typed further up, and no key is lost.",
    );
    let book = player
        .text(&ledger)
        .find("book(&mut self")
        .context(CHANGED)?;
    let typing = Some(("OverLimit(i64),", "\n    Closed,"));
    player
        .edit_while_typing(&ledger, book, "Document", typing)
        .await?;

    player.stage.act(
        "What is this?",
        "A hover: the signature, the documentation, where it is defined and who uses it.",
    );
    let balance = player
        .text(&ledger)
        .find("balance(account")
        .context(CHANGED)?;
    player.hover(&ledger, balance).await?;
    Ok(())
}
