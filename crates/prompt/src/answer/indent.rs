//! The indentation of a model's text made that of the file: its tabs or spaces, its width, its depth.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::Fit;

/// How many lines on either side of the cursor say how the file is indented.
const LINES: usize = 128;
/// How wide a tab is taken to be where a text mixes it with spaces.
const TAB: usize = 4;

/// One step of indentation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    Tab,
    Spaces(usize),
}

/// The answer with the file's indentation; left alone where a string goes over several lines, whose white space counts.
pub(super) fn fix<'a>(answer: &'a str, place: Fit<'_>) -> Cow<'a, str> {
    let has_long_string = ["\"\"\"", "'''", "`"]
        .iter()
        .any(|quote| answer.contains(quote));
    let typed = place.before.rsplit('\n').next().unwrap_or_default();
    let unit = file_unit(place);
    let is_plain = !answer.contains('\n') && !answer.starts_with([' ', '\t']);
    if has_long_string || is_plain {
        return Cow::Borrowed(answer);
    }
    let mut lines: Vec<Line<'_>> = answer.split('\n').map(Line::new).collect();
    if let Some(unit) = unit {
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

struct Line<'a> {
    indent: Cow<'a, str>,
    text: &'a str,
}

impl<'a> Line<'a> {
    fn new(line: &'a str) -> Self {
        let text = line.trim_start_matches([' ', '\t']);
        Self {
            indent: Cow::Borrowed(&line[..line.len() - text.len()]),
            text,
        }
    }

    /// Writes the indentation in the file's characters; `own` is how many spaces the model takes for a step.
    fn restyle(&mut self, unit: Unit, own: usize) {
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

    fn is_closing(&self) -> bool {
        self.text.starts_with([')', ']', '}'])
    }
}

impl std::fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // A line of white space is an empty one.
        let indent = if self.text.is_empty() {
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
    let base = typed.len() - typed.trim_start_matches([' ', '\t']).len();
    let opens = head.trim_end().ends_with(['{', '(', '[', ':']);
    let Some(body) = lines[1..].iter().find(|line| !line.text.is_empty()) else {
        return;
    };
    let depth = body.indent.len();
    if !opens || body.is_closing() || depth == base + width {
        return;
    }
    let all = |start: usize, step: usize| {
        let fits = |line: &Line<'_>| {
            let deeper = line.indent.len().checked_sub(start);
            line.text.is_empty() || deeper.is_some_and(|deeper| deeper % step == 0)
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
    for line in &mut lines[1..] {
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
    let widths = lines.iter().filter(|line| !line.text.is_empty());
    let widths = widths
        .map(|line| line.indent.len())
        .filter(|&width| width > 1);
    widths.min().map_or(TAB, |width| width.min(TAB))
}

/// How the file is indented around the cursor; `None` where nothing is.
fn file_unit(place: Fit<'_>) -> Option<Unit> {
    let above = place.before.lines().rev().skip(1).take(LINES);
    let below = place.after.lines().skip(1).take(LINES);
    let (mut tabs, mut spaces) = (0, BTreeMap::<usize, usize>::new());
    for lines in [above.collect::<Vec<_>>(), below.collect()] {
        let mut last: Option<usize> = None;
        for line in lines.into_iter().filter(|line| !line.trim().is_empty()) {
            let indent = line.len() - line.trim_start_matches(' ').len();
            tabs += usize::from(line.starts_with('\t'));
            let step = last.map_or(0, |last| last.abs_diff(indent));
            if (2..=8).contains(&step) {
                *spaces.entry(step).or_default() += 1;
            }
            last = Some(indent);
        }
    }
    let commonest = spaces
        .into_iter()
        .max_by_key(|&(width, count)| (count, usize::MAX - width));
    match commonest {
        Some((width, count)) if count >= tabs => Some(Unit::Spaces(width)),
        _ => (tabs > 0).then_some(Unit::Tab),
    }
}
