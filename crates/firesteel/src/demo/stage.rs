//! Where the demo plays: a window of 80 columns and 24 rows on a terminal, or plain text in a pipe.

use std::io::{IsTerminal, Write};
use std::time::Duration;

/// The window: every terminal has at least that.
const COLUMNS: usize = 80;
const ROWS: usize = 24;
/// Rows of code between the title and the caption, and columns of line numbers before it.
const CODE_ROWS: usize = ROWS - 6;
const GUTTER: usize = 5;
/// Lines of the file that stay above the cursor when it is scrolled to.
const ABOVE: usize = 9;

const REVERSE: &str = "7";
const BOLD: &str = "1";
const DIM: &str = "2";
const GHOST: &str = "2;3";
const GREEN: &str = "32";

/// A state of a file as the user sees it.
#[derive(Default)]
pub(super) struct View {
    pub(super) name: String,
    pub(super) text: String,
    /// The byte offset of the cursor.
    pub(super) cursor: usize,
    pub(super) ghost: String,
    /// Lines that are new since the act began, by number from 0.
    pub(super) fresh: Vec<usize>,
}

/// The terminal, or what stands in for it.
pub(super) struct Stage {
    is_terminal: bool,
    has_colors: bool,
    /// Who answers, for the title.
    who: String,
    title: String,
    caption: String,
    figure: String,
    /// The first line of the file that is in the window.
    top: usize,
    /// What a pipe was told last, which is not told twice.
    told: String,
}

impl Stage {
    /// A window on a terminal, unless what it is asked to say has to fit into a pipe.
    pub(super) fn new(who: &str) -> Self {
        let is_terminal = std::io::stdout().is_terminal();
        if is_terminal {
            put("\x1b[?25l\x1b[2J");
        }
        Self {
            is_terminal,
            has_colors: is_terminal && std::env::var_os("NO_COLOR").is_none(),
            who: who.to_owned(),
            title: String::new(),
            caption: String::new(),
            figure: String::new(),
            top: 0,
            told: String::new(),
        }
    }

    /// Begins an act: what is about to be seen, in a title and a sentence.
    pub(super) fn act(&mut self, title: &str, caption: &str) {
        title.clone_into(&mut self.title);
        caption.clone_into(&mut self.caption);
        self.figure.clear();
        self.top = 0;
        self.told.clear();
        if !self.is_terminal {
            put_line(&format!("\n{title}"));
            for line in wrap(caption, COLUMNS - 2) {
                put_line(&format!("  {}", line.trim_end()));
            }
        }
    }

    /// What was measured, below the caption from now on.
    pub(super) fn figure(&mut self, text: &str) {
        text.clone_into(&mut self.figure);
        if !self.is_terminal {
            put_line(&format!("      {text}"));
        }
    }

    /// Shows a state that passes: a pipe is told nothing of it.
    pub(super) fn show(&mut self, view: &View) {
        if self.is_terminal {
            self.draw(view);
        }
    }

    /// Shows a state that matters: a pipe is told the cursor's line, with `mark` before it.
    pub(super) fn tell(&mut self, mark: &str, view: &View) {
        self.show(view);
        if self.is_terminal {
            return;
        }
        let before = view.text.get(..view.cursor).unwrap_or_default();
        let line = before.rsplit('\n').next().unwrap_or_default().trim_start();
        let mut ghost = view.ghost.lines();
        let mut text = format!("  {mark:>3} {line}");
        if let Some(first) = ghost.next() {
            text += &format!("‹{first}›");
        }
        for more in ghost {
            text += &format!("\n      ‹{more}›");
        }
        if text != self.told {
            for line in text.lines() {
                put_line(&cut(line, COLUMNS));
            }
            self.told = text;
        }
    }

    /// Lines that came into the file, for a pipe; a terminal has them in its window.
    pub(super) fn added(&self, lines: &[&str]) {
        if !self.is_terminal {
            for line in lines {
                put_line(&format!("    + {}", cut(line, COLUMNS - 6)));
            }
        }
    }

    /// Text that belongs to the place, as a hover is shown: below the cursor on a terminal.
    pub(super) fn note(&mut self, view: &View, text: &str) {
        let lines: Vec<String> = text
            .lines()
            .flat_map(|line| wrap(line, COLUMNS - 8))
            .collect();
        if self.is_terminal {
            self.draw_with(view, &lines);
        } else {
            for line in lines {
                put_line(format!("    {line}").trim_end());
            }
        }
    }

    /// The end: a table of what was measured, each figure with what it is to be held against.
    pub(super) fn table(&mut self, title: &str, rows: &[[String; 3]], last: &[&str]) {
        if self.is_terminal {
            put("\x1b[2J\x1b[H");
        }
        put_line(&format!("\n  {}\n", self.paint(BOLD, title)));
        for [name, value, against] in rows {
            put_line(&format!(
                "  {name:<25}{value:>9}   {}",
                self.paint(DIM, against)
            ));
        }
        put_line("");
        for line in last {
            put_line(&format!("  {line}"));
        }
    }

    /// Time for the eye; a pipe has none.
    pub(super) async fn pause(&self, time: Duration) {
        if self.is_terminal {
            tokio::time::sleep(time).await;
        }
    }

    fn draw(&mut self, view: &View) {
        self.draw_with(view, &[]);
    }

    /// Draws the window in one piece, with `note` below the cursor's line.
    fn draw_with(&mut self, view: &View, note: &[String]) {
        let mut rows = vec![self.title_row(&view.name)];
        rows.extend(self.code_rows(view, note));
        rows.resize(1 + CODE_ROWS, String::new());
        rows.push(self.paint(DIM, &"─".repeat(COLUMNS)));
        rows.push(format!(
            " {}",
            self.paint(BOLD, &cut(&self.title, COLUMNS - 2))
        ));
        let mut caption = wrap(&self.caption, COLUMNS - 2);
        caption.resize(2, String::new());
        rows.extend(caption.iter().map(|line| format!(" {line}")));
        rows.push(format!(
            " {}",
            self.paint(GREEN, &cut(&self.figure, COLUMNS - 2))
        ));
        let frame: String = rows.iter().map(|row| format!("{row}\x1b[K\r\n")).collect();
        put(&format!("\x1b[H{}", frame.trim_end_matches("\r\n")));
    }

    fn title_row(&self, name: &str) -> String {
        let (left, right) = (format!(" firesteel demo  {name}"), format!("{} ", self.who));
        let room = COLUMNS.saturating_sub(left.chars().count());
        self.paint(REVERSE, &format!("{left}{right:>room$}"))
    }

    fn code_rows(&mut self, view: &View, note: &[String]) -> Vec<String> {
        let before = view.text.get(..view.cursor).unwrap_or_default();
        let line = before.matches('\n').count();
        let column = before
            .rsplit('\n')
            .next()
            .unwrap_or_default()
            .chars()
            .count();
        let below = view.ghost.matches('\n').count() + note.len();
        if line < self.top || line + below + 2 > self.top + CODE_ROWS {
            self.top = line.saturating_sub(ABOVE);
        }
        let mut rows = Vec::new();
        for (number, text) in view.text.split('\n').enumerate().skip(self.top) {
            if rows.len() >= CODE_ROWS {
                break;
            }
            let gutter = self.paint(DIM, &format!("{:>4} ", number + 1));
            if number != line {
                let code = cut(text, COLUMNS - GUTTER);
                let is_fresh = view.fresh.contains(&number);
                rows.push(
                    gutter
                        + &if is_fresh {
                            self.paint(GREEN, &code)
                        } else {
                            code
                        },
                );
                continue;
            }
            let typed: String = text.chars().take(column).collect();
            let rest: String = text.chars().skip(column).collect();
            let mut ghost = view.ghost.split('\n');
            let first = ghost.next().unwrap_or_default();
            let room = (COLUMNS - GUTTER).saturating_sub(column + 1);
            let shown = cut(&format!("{first}{rest}"), room);
            let (of_ghost, of_rest) = split_at_char(&shown, first.chars().count());
            let under = if of_ghost.is_empty() {
                of_rest
            } else {
                of_ghost
            };
            let (under, after) = split_at_char(under, 1);
            let cursor = self.paint(REVERSE, if under.is_empty() { " " } else { under });
            let rest = match of_ghost.is_empty() {
                true => after.to_owned(),
                false => self.paint(GHOST, after) + of_rest,
            };
            rows.push(format!("{gutter}{typed}{cursor}{rest}"));
            let indent = " ".repeat(GUTTER);
            rows.extend(
                ghost.map(|line| indent.clone() + &self.paint(GHOST, &cut(line, COLUMNS - GUTTER))),
            );
            rows.extend(
                note.iter()
                    .map(|line| self.paint(DIM, &format!("{indent}│ {}", line.trim_end()))),
            );
        }
        rows.truncate(CODE_ROWS);
        rows
    }

    fn paint(&self, code: &str, text: &str) -> String {
        match self.has_colors && !text.is_empty() {
            true => format!("\x1b[{code}m{text}\x1b[0m"),
            false => text.to_owned(),
        }
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        if self.is_terminal {
            put_line("\x1b[?25h");
        }
    }
}

/// Writes to the terminal or the pipe. One that is gone, or has seen enough as `head` has, cannot be told.
fn put(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

fn put_line(text: &str) {
    put(&format!("{text}\n"));
}

fn split_at_char(text: &str, n: usize) -> (&str, &str) {
    let at = text.char_indices().nth(n).map_or(text.len(), |(at, _)| at);
    text.split_at(at)
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
