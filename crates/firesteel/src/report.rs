//! The lines of `doctor`, printed as they come or, for programs, all at once.

use std::io::Write;
use std::process::ExitCode;

use serde_json::{Value, json};

/// What was found, line by line.
#[derive(Default)]
pub(crate) struct Report {
    problems: usize,
    /// Where the lines are kept instead of printed.
    kept: Option<Vec<Value>>,
}

impl Report {
    /// One whose lines are kept.
    pub(crate) fn kept() -> Self {
        Self {
            kept: Some(Vec::new()),
            ..Self::default()
        }
    }

    pub(crate) fn good(&mut self, what: &str, text: &str) {
        self.line("ok", what, text);
    }

    pub(crate) fn note(&mut self, what: &str, text: &str) {
        self.line("--", what, text);
    }

    pub(crate) fn bad(&mut self, what: &str, text: &str) {
        self.problems += 1;
        self.line("!!", what, text);
    }

    /// Ends it, with what programs are told beside the lines; the exit code is 1 when something is wrong.
    pub(crate) fn end(mut self, checks: Vec<Value>) -> ExitCode {
        match self.problems {
            0 => self.line("ok", "firesteel", "everything is in order"),
            1 => self.line("!!", "firesteel", "1 problem"),
            problems => self.line("!!", "firesteel", &format!("{problems} problems")),
        }
        if let Some(lines) = self.kept {
            let all = json!({"problems": self.problems, "checks": checks, "lines": lines});
            say(&pretty(&all));
        }
        ExitCode::from(u8::from(self.problems > 0))
    }

    fn line(&mut self, mark: &str, what: &str, text: &str) {
        // A server's own words may hold anything.
        let text = shown(text);
        match &mut self.kept {
            Some(kept) => kept.push(json!({"mark": mark, "what": what, "text": text})),
            None => say(&format!("{mark}  {what:<14} {text}")),
        }
    }
}

/// A text without what would move a terminal's cursor.
pub(crate) fn shown(text: &str) -> String {
    text.chars()
        .map(|char| if char.is_control() { '\u{fffd}' } else { char })
        .collect()
}

/// JSON as people read it.
pub(crate) fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

/// Prints a line. A reader that has seen enough, as `head` has, is no error.
pub(crate) fn say(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}
