//! What the demo shows: colors on a terminal, plain text in a pipe, never wider than 80 columns.

#![expect(clippy::print_stdout, reason = "the demo is for the eye")]

use std::io::IsTerminal;

const WIDTH: usize = 80;
/// Ghost text of more lines than this is cut, so that a scene stays on the screen.
const GHOST_LINES: usize = 4;

/// The terminal, or what stands in for it.
pub(super) struct Screen {
    colors: bool,
    last: String,
}

impl Screen {
    pub(super) fn new() -> Self {
        Self {
            colors: std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none(),
            last: String::new(),
        }
    }

    pub(super) fn heading(&mut self, text: &str) {
        println!("\n{}", self.paint("1", &cut(text, WIDTH)));
    }

    pub(super) fn note(&mut self, text: &str) {
        for line in text.lines().flat_map(|line| wrap(line, WIDTH - 2)) {
            println!("{}", format!("  {line}").trim_end());
        }
    }

    /// The line being typed, with its ghost text; a state that looks like the last one is not shown again.
    pub(super) fn line(&mut self, mark: &str, typed: &str, ghost: &str) {
        let mut lines = ghost.lines();
        let first = lines.next().unwrap_or_default();
        let typed = cut(typed.trim_end_matches('\n'), WIDTH - 12);
        let room = (WIDTH - 8).saturating_sub(typed.chars().count());
        let mut shown = format!("  {mark:>3} {typed}{}", self.ghost(&cut(first, room)));
        for line in lines.take(GHOST_LINES - 1) {
            shown += &format!("\n      {}", self.ghost(&cut(line, WIDTH - 8)));
        }
        if shown != self.last {
            println!("{shown}");
            self.last = shown;
        }
    }

    pub(super) fn added(&mut self, line: &str) {
        println!(
            "    {} {}",
            self.paint("32", "+"),
            self.paint("32", &cut(line, WIDTH - 6))
        );
    }

    pub(super) fn table(&mut self, rows: &[(String, String)]) {
        println!();
        for (name, value) in rows {
            println!("  {name:<40} {value:>24}");
        }
    }

    /// Dim on a terminal, between marks elsewhere.
    fn ghost(&self, text: &str) -> String {
        match (text.is_empty(), self.colors) {
            (true, _) => String::new(),
            (false, true) => self.paint("2;3", text),
            (false, false) => format!("‹{text}›"),
        }
    }

    fn paint(&self, code: &str, text: &str) -> String {
        match self.colors {
            true => format!("\x1b[{code}m{text}\x1b[0m"),
            false => text.to_owned(),
        }
    }
}

/// The words of a line in lines of at most `width`.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_inclusive(' ') {
        let last = lines.last().map_or(0, |line| line.chars().count());
        if last > 0 && last + word.trim_end().chars().count() > width {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            line.push_str(word);
        }
    }
    lines
}

fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let kept: String = text.chars().take(width.saturating_sub(1)).collect();
    format!("{kept}…")
}
