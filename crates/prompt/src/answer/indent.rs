//! The indentation of a model's text made that of the file: its tabs or spaces, its width, its depth.

use std::borrow::Cow;

use super::Fit;
use crate::indent::{Recipes, Reindent, Unit, indent};

/// How wide a tab is taken to be where a text mixes it with spaces.
const TAB: usize = 4;

/// The answer with the file's indentation; what stands in strings of several lines is left alone.
pub(super) fn fix<'a>(answer: &'a str, place: Fit<'_>) -> Cow<'a, str> {
    let typed = place.before.rsplit('\n').next().unwrap_or_default();
    let is_plain = !answer.contains('\n') && !answer.starts_with([' ', '\t']);
    if is_plain {
        return Cow::Borrowed(answer);
    }
    if place.style.is_make() {
        return Cow::Owned(recipes(answer, typed, place));
    }
    let mut lines: Vec<Line<'_>> = answer.split('\n').map(Line::new).collect();
    let mut verbatim = place.style.verbatim();
    let head = format!("{typed}{}", lines[0].text);
    verbatim.line(&head);
    for (line, text) in lines.iter_mut().zip(answer.split('\n')).skip(1) {
        line.is_verbatim = verbatim.line(text);
    }
    if let Some(unit) = unit(place) {
        let own = own_width(&lines);
        lines.iter_mut().for_each(|line| line.restyle(unit, own));
        deepen(&mut lines, typed, unit);
    }
    // A model may begin with the white space that is typed already.
    let first = &mut lines[0];
    if typed.trim().is_empty() && !typed.is_empty() && !first.text.is_empty() {
        let rest = first.indent.strip_prefix(typed);
        first.indent = Cow::Owned(rest.unwrap_or_default().to_owned());
    }
    let lines: Vec<String> = lines.iter().map(Line::to_string).collect();
    Cow::Owned(lines.join("\n"))
}

/// The answer as it stands in the place of `old`, the rest of whose first line is typed already.
pub(super) fn fix_over(answer: &str, old: &str, place: Fit<'_>) -> String {
    let typed = place.before.rsplit('\n').next().unwrap_or_default();
    let white = indent(typed);
    let old: Vec<String> = format!("{typed}{old}").lines().map(str::to_owned).collect();
    let below = place.after.lines().skip(1);
    let above = place
        .before
        .lines()
        .rev()
        .skip(usize::from(!typed.is_empty()));
    let mut reindent = Reindent::new(place.style, (white, white), &old, above, below);
    let mut lines = answer.split('\n');
    let first = lines.next().unwrap_or_default();
    reindent.line(&format!("{typed}{}", first.trim_start_matches([' ', '\t'])));
    let first = match typed.trim().is_empty() {
        true => first.trim_start_matches([' ', '\t']),
        false => first,
    };
    let rest = lines.map(|line| format!("\n{}", reindent.line(line)));
    std::iter::once(first.to_owned()).chain(rest).collect()
}

/// Lines of a makefile.
fn recipes(answer: &str, typed: &str, place: Fit<'_>) -> String {
    let above = place.before.lines().rev();
    let mut recipes = Recipes::behind(above.skip(usize::from(!typed.is_empty())));
    let mut lines = answer.split('\n');
    let first = lines.next().unwrap_or_default();
    let whole = recipes.line(&format!("{typed}{first}"));
    let first = match typed.trim().is_empty() {
        // White space that is typed already does not come twice.
        true => {
            let whole = recipes.line(first);
            whole
                .strip_prefix(typed)
                .unwrap_or(whole.trim_start())
                .to_owned()
        }
        false => { whole.strip_prefix(typed) }.unwrap_or(first).to_owned(),
    };
    let rest = lines.map(|line| format!("\n{}", recipes.line(line)));
    std::iter::once(first).chain(rest).collect()
}

/// How the file is indented around the cursor; `None` where nothing is.
fn unit(place: Fit<'_>) -> Option<Unit> {
    let above = place.before.lines().rev().skip(1);
    place.style.unit(above, place.after.lines().skip(1))
}

struct Line<'a> {
    indent: Cow<'a, str>,
    text: &'a str,
    /// It begins inside of a string.
    is_verbatim: bool,
}

impl<'a> Line<'a> {
    fn new(line: &'a str) -> Self {
        let text = line.trim_start_matches([' ', '\t']);
        Self {
            indent: Cow::Borrowed(&line[..line.len() - text.len()]),
            text,
            is_verbatim: false,
        }
    }

    /// Writes the indentation in the file's characters; `own` is how many spaces the model takes for a step.
    fn restyle(&mut self, unit: Unit, own: usize) {
        if self.is_verbatim {
            return;
        }
        let restyled = match unit {
            Unit::Tab if self.indent.contains(' ') => {
                let width = columns(&self.indent, own);
                "\t".repeat(width / own) + &" ".repeat(width % own)
            }
            Unit::Spaces(width) if self.indent.contains('\t') => {
                " ".repeat(columns(&self.indent, width))
            }
            _ => return,
        };
        self.indent = Cow::Owned(restyled);
    }

    /// Whether it may stand as deep as the line that opens its block.
    fn is_level(&self) -> bool {
        self.text.starts_with([')', ']', '}'])
            || self.text.starts_with("case ")
            || self.text.starts_with("default:")
    }
}

impl std::fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // A line of white space is an empty one.
        let indent = if self.text.is_empty() && !self.is_verbatim {
            ""
        } else {
            &self.indent
        };
        write!(f, "{indent}{}", self.text)
    }
}

/// Behind a line that opens a block the next one stands one step deeper; where it does not, the model counted from
/// another column, or in other steps, and all of its lines move.
fn deepen(lines: &mut [Line<'_>], typed: &str, unit: Unit) {
    let width = match unit {
        Unit::Tab => 1,
        Unit::Spaces(width) => width,
    };
    let head = format!("{typed}{}", lines[0].text);
    let base = match typed.trim().is_empty() {
        // The model may write the indentation that is there, or should be.
        true => typed.len().max(lines[0].indent.len()),
        false => indent(typed).len(),
    };
    let opens = head.trim_end().ends_with(['{', '(', '[', ':']);
    let is_code = |line: &&Line<'_>| !line.text.is_empty() && !line.is_verbatim;
    let Some(body) = lines[1..].iter().find(is_code) else {
        return;
    };
    let depth = body.indent.len();
    if !opens || body.is_level() || depth == base + width {
        return;
    }
    let all = |start: usize, step: usize| {
        let fits = |line: &Line<'_>| {
            let deeper = line.indent.len().checked_sub(start);
            let is_free = line.text.is_empty() || line.is_verbatim;
            is_free || deeper.is_some_and(|deeper| deeper % step == 0)
        };
        step > 0 && lines[1..].iter().all(fits)
    };
    // In steps of its own from the first column, or from this line's; or in the file's, but from elsewhere.
    let (own, step) = (depth / (base / width + 1), depth.saturating_sub(base));
    let from_start = [2, 4, 8].contains(&own) && own * (base / width + 1) == depth && all(0, own);
    let from_base = all(base, step);
    if step > 0 && !from_start && !from_base {
        return;
    }
    for line in lines[1..].iter_mut().filter(|line| !line.is_verbatim) {
        let old = line.indent.len();
        let new = if from_start {
            old / own * width
        } else if from_base {
            base + old.saturating_sub(base) / step * width
        } else {
            old + base + width - depth
        };
        line.indent = Cow::Owned(match unit {
            Unit::Tab => "\t".repeat(new),
            Unit::Spaces(_) => " ".repeat(new),
        });
    }
}

fn columns(indent: &str, tab: usize) -> usize {
    indent
        .chars()
        .map(|c| if c == '\t' { tab } else { 1 })
        .sum()
}

/// How many spaces the answer takes for a step: the shortest indentation of its lines.
fn own_width(lines: &[Line<'_>]) -> usize {
    let widths = lines
        .iter()
        .filter(|line| !line.text.is_empty() && !line.is_verbatim);
    let widths = widths
        .map(|line| line.indent.len())
        .filter(|&width| width > 1);
    widths.min().map_or(TAB, |width| width.min(TAB))
}
