//! The hosted model's part: the next use of what was edited, a call of a function or a value of a type, whatever its shape.

use std::cmp::Reverse;
use std::ops::Range;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use firesteel_privacy::{SecretCache, Shown, check_characters, excerpt, scanned};
use firesteel_prompt::{Fit, fit, with_line_feeds};
use firesteel_syntax::gate::Gate;
use firesteel_syntax::{Declared, Tree, declared_around, defines, enclosing_use, phrases};
use firesteel_task::{LineDiff, Priority};
use firesteel_text::Text;

use super::{Edited, NextEdit, NoNextEdit, OTHERS_TIME, Open, Question};
use crate::backend::{Prompt, Role};
use crate::editorconfig::{line_ending, style};
use crate::history::Past;
use crate::models::Source;
use crate::{Engine, Settings};

/// How long the model may take; nobody waits longer for a keystroke.
const ANSWER_TIME: Duration = Duration::from_secs(10);
/// Model text, in bytes; a model that says more is cut off.
const ANSWER_CAP: usize = 8 * 1024;
/// A statement that is longer than this, in bytes, is not written anew for one name in it.
const TARGET_CAP: usize = 2 * 1024;
/// Edits in the prompt.
const EDITS_CAP: usize = 8;
/// How much text around the target decides whether the answer fits, in bytes.
const FIT_WINDOW: usize = 4 * 1024;

/// Asks what becomes of the next use.
pub(super) async fn find(
    engine: &Engine,
    settings: &Settings,
    question: Question,
) -> Result<NextEdit, NoNextEdit> {
    let looking = engine.clone();
    let look = move || {
        let question = question.fit_to_be_seen();
        let target = next_use(&question)?;
        let history = history(looking.secrets(), &question, &target);
        Ok((target, history))
    };
    let found = tokio::task::spawn_blocking(look).await;
    let (target, history) = found.unwrap_or(Err(NoNextEdit::NotParsed))?;
    let Target { open, range } = &target;
    let secrets = engine.secrets().of(&open.snapshot.document);
    let source = firesteel_prompt::Source {
        snapshot: &open.snapshot,
        path: &open.path,
        secrets: Some(&secrets),
    };
    let mut task = firesteel_prompt::next_edit(source, range.clone(), history);
    engine.widen(&mut task, &open.snapshot, Source::Hosted);
    let prompt = settings
        .prompt(Source::Hosted, task)
        .map_err(NoNextEdit::Private)?;
    let shown = match &prompt {
        Prompt::Redacted(prompt) => Shown::new(open.text(), &secrets, prompt.placeholders()),
        Prompt::Local(_) => Shown::plain(open.text()),
    };
    let reply = { &settings.models }.ask(Role::NextEdit, prompt, Priority::Edit);
    let answer = tokio::time::timeout(ANSWER_TIME, reply.text(2 * ANSWER_CAP)).await;
    let too_long = |_| NoNextEdit::Model("it took too long".to_owned());
    let answer = answer.map_err(too_long)?;
    let answer = answer.map_err(|error| NoNextEdit::Model(error.to_string()))?;
    if answer.len() > ANSWER_CAP {
        return Err(NoNextEdit::Model("its answer is too long".to_owned()));
    }
    let limit = settings.check_limit;
    let shape = move || shape(target, &shown, &answer, limit);
    let shaped = tokio::task::spawn_blocking(shape).await;
    shaped.unwrap_or(Err(NoNextEdit::NotParsed))
}

/// Code that may have to follow an edit.
struct Target {
    open: Open,
    range: Range<usize>,
}

/// The user's newest edit, in whichever document.
struct Newest<'a> {
    edited: &'a Edited,
    past: &'a Past,
}

/// A name whose uses may have to follow an edit of its declaration.
struct Concerned {
    /// As it is used by now, which is the old one where that is what changed.
    name: String,
    declared: Declared,
}

/// The next use of a name that the user's newest edit concerns, in the document at hand or else in another.
fn next_use(question: &Question) -> Result<Target, NoNextEdit> {
    let edits = { question.edited() }
        .flat_map(|edited| edited.repeatable().map(move |past| Newest { edited, past }));
    let newest = edits.max_by_key(|newest| newest.past.at);
    let newest = newest.ok_or(NoNextEdit::NoEdit)?;
    let concerned = newest.concerned().ok_or(NoNextEdit::NotParsed)?;
    let here = newest.uses(&question.here, &concerned);
    let mut here = here.ok_or(NoNextEdit::NotParsed)?;
    let first = here.partition_point(|range| range.start < question.offset);
    here.rotate_left(first);
    let deadline = Instant::now() + OTHERS_TIME;
    let others = question.others.iter();
    let others = others.take_while(|_| Instant::now() < deadline);
    let in_others = others.filter_map(|other| {
        let uses = newest.uses(other, &concerned)?;
        uses.into_iter().next().map(|range| (other, range))
    });
    let here = here.into_iter().map(|range| (&question.here, range));
    let next = here.chain(in_others).next();
    let target = next.map(|(edited, range)| Target {
        open: edited.open.clone(),
        range,
    });
    target.ok_or(NoNextEdit::NothingLike)
}

impl Newest<'_> {
    /// The names that are declared around the edit; where it renamed one, that alone.
    fn concerned(&self) -> Option<Vec<Concerned>> {
        let (text, past) = (self.edited.text(), self.past);
        let tree = self.edited.open.tree()?;
        let mut concerned = Vec::new();
        for declared in declared_around(&tree, text, &past.range) {
            let name = &declared.name;
            let is_renamed = name.start <= past.range.start && past.range.end <= name.end;
            let name = match is_renamed {
                true => past.before(text, name),
                false => text.slice(name.clone()).into_owned(),
            };
            if !name.is_empty() {
                concerned.push(Concerned { name, declared });
            }
            if is_renamed {
                break;
            }
        }
        Some(concerned)
    }

    /// The uses of the first of the names that is used at all; none where the document cannot be parsed.
    fn uses(&self, edited: &Edited, concerned: &[Concerned]) -> Option<Vec<Range<usize>>> {
        for concerned in concerned {
            let uses = self.uses_of(edited, concerned)?;
            if !uses.is_empty() {
                return Some(uses);
            }
        }
        Some(Vec::new())
    }

    /// The code with uses of a name that has not followed the edit yet, in the order of the text.
    fn uses_of(&self, edited: &Edited, concerned: &Concerned) -> Option<Vec<Range<usize>>> {
        let Concerned { name, declared } = concerned;
        let text = edited.text();
        let is_origin = std::ptr::eq(edited, self.edited);
        let is_meant = is_origin || declared.scope.is_none();
        // A document that does not have the name need not be parsed.
        if !is_meant || !text.slice(0..text.len()).contains(name) {
            return Some(Vec::new());
        }
        let tree = edited.open.tree()?;
        if !is_origin && defines(&tree, text, name) {
            return Some(Vec::new());
        }
        let within = declared.scope.clone().unwrap_or(0..text.len());
        let mut uses = phrases(&tree, text, name, within);
        uses.retain(|place| !(is_origin && touch(&declared.declaration, place)));
        let mut code: Vec<_> = { uses.iter() }
            .filter_map(|place| target(&tree, text, place))
            .collect();
        let has_followed = |code: &Range<usize>| {
            let mut since = { edited.edits.iter() }.filter(|past| past.at >= self.past.at);
            since.any(|past| touch(code, &past.range))
        };
        code.retain(|code| !has_followed(code));
        Some(code)
    }
}

/// The code around a use that is written anew: a statement, or the line where that is too long.
fn target(tree: &Tree, text: &Text, place: &Range<usize>) -> Option<Range<usize>> {
    let around = enclosing_use(tree, text, place.start)?;
    let line = text.line_of(place.start);
    let line = text.line_start(line)..text.line_end(line);
    { [around, line].into_iter() }.find(|target| target.len() <= TARGET_CAP)
}

fn touch(a: &Range<usize>, b: &Range<usize>) -> bool {
    a.start <= b.end && b.start <= a.end
}

/// The latest edits of all documents, the newest first.
fn history(secrets: &SecretCache, question: &Question, target: &Target) -> Vec<LineDiff> {
    let of = |edited: &Edited| {
        let path = (!edited.open.is(&target.open)).then(|| edited.open.path.clone());
        let diff = |past: &Past| {
            (
                past.at,
                line_diff(secrets, &edited.open, past, path.clone()),
            )
        };
        edited.edits.iter().map(diff).collect::<Vec<_>>()
    };
    let mut edits: Vec<_> = question.edited().flat_map(of).collect();
    edits.sort_by_key(|(at, _)| Reverse(*at));
    edits.truncate(EDITS_CAP);
    edits.into_iter().map(|(_, diff)| diff).collect()
}

/// The answer as a replacement of the target, as a suggestion is shaped.
fn shape(
    target: Target,
    shown: &Shown,
    answer: &str,
    limit: Duration,
) -> Result<NextEdit, NoNextEdit> {
    let Target {
        open,
        range: target,
    } = target;
    let text = open.text();
    let place = Fit {
        is_prose: false,
        before: &text.slice(target.start.saturating_sub(FIT_WINDOW)..target.start),
        after: &text.slice(target.end..target.end.saturating_add(FIT_WINDOW)),
        max_lines: u32::MAX,
        line_ending: line_ending(&open.snapshot.document, target.start).as_str(),
        style: style(&open.snapshot, &open.path),
        replaces: Some(&text.slice(target.clone())),
    };
    let nothing = || NoNextEdit::Model("nothing need change".to_owned());
    let new = fit(answer, place).map_err(|_| nothing())?;
    let new = shown
        .restored(target.clone(), &new)
        .map_err(|misplaced| NoNextEdit::Model(misplaced.to_string()))?;
    check_characters(&with_line_feeds(&new), || text.to_string()).map_err(NoNextEdit::Invisible)?;
    if new.trim() == text.slice(target.clone()).trim() {
        return Err(nothing());
    }
    let gate = Gate::at(&open.snapshot, target.clone(), limit).ok_or(NoNextEdit::NotParsed)?;
    let verdict = gate.check(&new).ok_or(NoNextEdit::NotParsed)?;
    if verdict.added > 0 {
        return Err(NoNextEdit::ParseGate);
    }
    let line = new.lines().next().unwrap_or_default().trim();
    let title = format!("`{}`", line.chars().take(48).collect::<String>());
    let edit = NextEdit {
        open,
        range: target,
        text: new,
        title,
        source: Source::Hosted,
    };
    Ok(edit.without_what_stays())
}

/// Lines around an edit that are looked at to tell whether it touched a secret: a keystroke has some dozens.
const SECRET_LINES: usize = 80;

/// An edit by whole lines, as they stood and as they stand.
fn line_diff(secrets: &SecretCache, open: &Open, past: &Past, path: Option<PathBuf>) -> LineDiff {
    let text = open.text();
    let first = text.line_of(past.range.start);
    let last = text.line_of(past.range.end);
    let (start, end) = (text.line_start(first), text.line_end(last));
    let (head, tail) = (
        text.slice(start..past.range.start),
        text.slice(past.range.end..end),
    );
    // As the document was before the edit, as far as a secret may reach.
    let above = text.line_start(first.saturating_sub(SECRET_LINES))..start;
    let below = end..text.line_end(last.saturating_add(SECRET_LINES));
    let (above, below) = (text.slice(above), text.slice(below));
    let old = format!("{head}{}{tail}", past.removed);
    let before = scanned(&format!("{above}{old}{below}"));
    LineDiff {
        path,
        line: first + 1,
        old: before.part(above.len()..above.len() + old.len()),
        new: excerpt(text, &secrets.of(&open.snapshot.document), start..end),
    }
}
