//! Any selection in any text: what the model is shown and what it answers make exactly the document that is expected.

use firesteel_prompt::blocks;
use firesteel_testkit::editor::ApplyStyle;
use firesteel_testkit::script::{Reply, Script};
use serde_json::{Value, json};

use super::Scene;

/// How many documents are tried for each encoding.
const CASES: u64 = 150;

/// A small generator of numbers: the same ones in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        usize::try_from(self.0 >> 33).unwrap() % end.max(1)
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }
}

/// Words with combining characters, surrogate pairs, tabs and double spaces.
const WORDS: [&str; 12] = [
    "alpha",
    "βeta",
    "e\u{301}t\u{e9}",
    "😀",
    "👩\u{200d}👧",
    "x  y",
    "a\tb",
    "ﬁ",
    "𝒳𝓎",
    "-",
    "}",
    "中文",
];
const INDENTS: [&str; 5] = ["", "", "    ", "\t", "\t  "];

fn line(random: &mut Random) -> String {
    let count = random.below(4);
    let words: Vec<&str> = (0..count).map(|_| random.of(&WORDS)).collect();
    match count {
        0 => String::new(),
        _ => format!("{}{}", random.of(&INDENTS), words.join(" ")),
    }
}

/// A document and what becomes of it.
struct Case {
    before: String,
    /// Byte offsets.
    selection: std::ops::Range<usize>,
    /// The whole lines that are selected.
    selected: Vec<String>,
    new: Vec<String>,
    after: String,
    /// The same with an end of the last line, where that was not there: the line above the last one keeps its own when
    /// the last one goes.
    or: String,
}

fn case(random: &mut Random) -> Case {
    let ending = random.of(&["\n", "\r\n", "\r"]);
    let mark = random.of(&["", "", "\u{feff}"]);
    let has_end = random.below(3) > 0;
    let n_lines = random.below(7);
    let mut lines: Vec<String> = (0..n_lines).map(|_| line(random)).collect();
    // A last line without an ending is only there with text.
    while !has_end && lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    // A file of one line does not show how its lines end.
    let ending = match lines.len() {
        0 => "\n",
        1 if !has_end => "\n",
        _ => ending,
    };
    let written = |lines: &[String], has_end: bool| {
        let end = if has_end && !lines.is_empty() {
            ending
        } else {
            ""
        };
        format!("{mark}{}{end}", lines.join(ending))
    };
    let before = written(&lines, has_end);
    let (first, mut last) = match lines.len() {
        0 => (0, 0),
        n_lines => {
            let first = random.below(n_lines);
            (first, first + 1 + random.below(n_lines - first))
        }
    };
    // What ends at the start of a line does not have it.
    while last > first + 1 && lines[last - 1].is_empty() {
        last -= 1;
    }
    let start_of = |line: usize| {
        let above = lines[..line].iter().map(|line| line.len() + ending.len());
        mark.len() + above.sum::<usize>()
    };
    let mut within = |line: &str, least: usize| {
        let ends: Vec<usize> = (least..=line.len())
            .filter(|at| line.is_char_boundary(*at))
            .collect();
        ends.get(random.below(ends.len()))
            .copied()
            .unwrap_or(line.len())
    };
    let selection = match last {
        0 => mark.len()..mark.len(),
        last => {
            let end_line = &lines[last - 1];
            // An end at a line's start is not in that line.
            let is_one = last - 1 == first;
            let start = within(&lines[first], 0);
            let least = if is_one {
                start
            } else {
                usize::from(!end_line.is_empty())
            };
            start_of(first) + start..start_of(last - 1) + within(end_line, least)
        }
    };
    // Without a selection the whole of a small file is meant.
    let (first, last) = match selection.is_empty() {
        true => (0, lines.len()),
        false => (first, last),
    };
    let selected = lines[first..last].to_vec();
    let mut new = selected.clone();
    for _ in 0..=random.below(3) {
        let at = random.below(new.len() + 1);
        match random.below(3) {
            0 if at < new.len() => {
                new.remove(at);
            }
            1 if at < new.len() => {
                new[at] = format!(
                    "{}changed {}",
                    random.of(&INDENTS),
                    line(random).trim_start()
                )
            }
            _ => new.insert(
                at,
                format!("{}new {}", random.of(&INDENTS), line(random).trim_start()),
            ),
        }
    }
    // How deep the first line stands tells how deep the model puts all of them.
    let white = |line: &str| line[..line.len() - line.trim_start().len()].to_owned();
    let is_text = |line: &&String| !line.is_empty();
    let first_text = selected.iter().find(is_text);
    let depth = first_text.map(|line| white(line)).unwrap_or_default();
    if let Some(at) = new.iter().position(|line| !line.is_empty()) {
        new[at] = format!("{depth}{}", new[at].trim_start());
    }
    let mut all = lines.clone();
    all.splice(first..last, new.clone());
    let has_end = match lines.is_empty() {
        true => true,
        false => has_end,
    };
    let after = written(&all, has_end);
    let or = written(&all, has_end || last == lines.len());
    Case {
        before,
        selection,
        selected,
        new,
        after,
        or,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_model_is_shown_and_answers_makes_the_document() {
    for encoding in ["utf-8", "utf-16", "utf-32"] {
        let mut random = Random(encoding.len() as u64 * 77 + 5);
        let mut tried = 0;
        for number in 0..CASES {
            let case = case(&mut random);
            let is_nothing = case.after == case.before || case.or == case.before;
            if is_nothing {
                continue;
            }
            tried += 1;
            check(
                &case,
                encoding,
                &format!("{encoding} {number}"),
                &mut random,
            )
            .await;
        }
        assert!(tried > CASES / 2, "only {tried} were tried");
    }
}

async fn check(case: &Case, encoding: &str, name: &str, random: &mut Random) {
    let text: String = case.new.iter().map(|line| format!("{line}\n")).collect();
    let reply = Reply::text(blocks::target(&text)).delta_chars(1 + random.below(9));
    let model = Script::new().reply(reply).start().await.unwrap();
    let settings = json!({"model.url": model.base_url()});
    let capabilities = json!({"general": {"positionEncodings": [encoding]}});
    let scene = Scene::start(model, ApplyStyle::EchoFirst, settings, capabilities).await;
    let uri = scene.open("any.txt", &case.before);
    let at = |offset: usize| {
        scene.editor.move_to(&uri, offset);
        scene.editor.here(&uri)["position"].take()
    };
    let range: Value = json!({"start": at(case.selection.start), "end": at(case.selection.end)});
    let argument = json!({"uri": uri, "range": range, "instruction": "Change it"});
    scene.command("firesteel.edit", json!([argument])).await;
    let said = scene.end().await;
    let (before, selection) = (&case.before, &case.selection);
    let name = format!(
        "{name}: {said}\n{before:?} at {selection:?}\nbecame {:?}",
        case.new
    );
    let text = scene.editor.text(&uri);
    if text != case.or || case.new.last() == case.selected.last() {
        assert_eq!(text, case.after, "{name}");
    }
    let shown: String = case
        .selected
        .iter()
        .map(|line| format!("{line}\n"))
        .collect();
    let shown = format!("### Code in question\n{}", shown.trim_end_matches('\n'));
    let quoted = json!(shown).to_string();
    let sent = scene.sent(0);
    assert!(
        sent.contains(quoted.trim_matches('"')),
        "{name}\n{quoted}\n{sent}"
    );
    scene.command("firesteel.revert", json!([])).await;
    scene.end().await;
    assert_eq!(&scene.editor.text(&uri), before, "{name}: reverted");
    scene.finish().await;
}
