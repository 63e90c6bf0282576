//! How `setup` speaks: to a person, who is asked; or to a script, for which all but TOML is a comment.

use std::io::{BufRead, IsTerminal, Write};

use anyhow::Result;

use crate::report::say;
pub(super) use crate::report::shown as clean;

/// Who is spoken to.
pub(super) struct Talk {
    /// Whether nobody is asked, and the answer is yes.
    yes: bool,
    /// Whether nothing is written and all but TOML is a comment.
    pub(super) prints: bool,
}

impl Talk {
    /// Without a terminal nobody can be asked, so that only `yes` writes anything.
    pub(super) fn new(yes: bool, print: bool) -> Self {
        let is_person = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
        Self {
            yes,
            prints: print || (!yes && !is_person),
        }
    }

    /// Says a line.
    pub(super) fn say(&self, line: &str) {
        let mark = if self.prints { "# " } else { "" };
        say(format!("{mark}{line}").trim_end());
    }

    /// Says TOML.
    pub(super) fn toml(&self, text: &str) {
        let margin = if self.prints { "" } else { "    " };
        for line in text.trim_end().lines() {
            say(format!("{margin}{line}").trim_end());
        }
    }

    /// Asks whether something may be done; none where nobody can be asked.
    pub(super) fn asks(&self, question: &str) -> Result<Option<bool>> {
        if self.yes {
            return Ok(Some(true));
        }
        if self.prints {
            return Ok(None);
        }
        let answer = prompt(&format!("{question} [Y/n] "))?;
        let answer = answer.map(|answer| answer.to_lowercase());
        Ok(Some(matches!(answer.as_deref(), Some("" | "y" | "yes"))))
    }

    /// Asks for a number up to `most`; the first where nobody can be asked, none where the user wants none.
    pub(super) fn number(&self, question: &str, most: usize) -> Result<Option<usize>> {
        if self.yes || self.prints {
            return Ok(Some(1));
        }
        loop {
            match prompt(&format!("{question} [1] "))?.as_deref() {
                None | Some("q" | "n" | "no") => return Ok(None),
                Some("") => return Ok(Some(1)),
                Some(answer) => match answer.parse() {
                    Ok(number) if (1..=most).contains(&number) => return Ok(Some(number)),
                    _ => self.say(&format!("A number from 1 to {most}, or q for none.")),
                },
            }
        }
    }
}

/// A line of the user's; none at the end of the input.
fn prompt(question: &str) -> Result<Option<String>> {
    let mut out = std::io::stdout();
    write!(out, "{question}")?;
    out.flush()?;
    let mut answer = String::new();
    let read = std::io::stdin().lock().read_line(&mut answer)?;
    Ok((read > 0).then(|| answer.trim().to_owned()))
}
