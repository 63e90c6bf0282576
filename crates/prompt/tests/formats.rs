//! Fill-in-the-middle formats: which model has which, what a prompt looks like, and that neither the user's own text
//! nor typing disturbs it.

#![expect(
    clippy::expect_used,
    reason = "what a test needs is there or the test fails"
)]

use expect_test::{Expect, expect};
use firesteel_prompt::formats::{Order, window};
use firesteel_prompt::{Extra, Fim, Format, Formats, Role, hole};
use proptest::prelude::*;

fn format(name: &str) -> &'static Format {
    Format::named(name).expect("a built-in format")
}

fn fim(before: &str, after: &str) -> Fim {
    Fim {
        path: "src/add.rs".to_owned(),
        language: "rust".to_owned(),
        before: before.to_owned(),
        after: after.to_owned(),
        max_lines: 4,
        max_tokens: 64,
        ..Fim::default()
    }
}

fn with_extra(before: &str, after: &str) -> Fim {
    let extra = |path: &str, text: &str| Extra {
        path: path.to_owned(),
        text: text.to_owned(),
    };
    Fim {
        extra: vec![
            extra("src/best.rs", "fn best() {}\n"),
            extra("src/second.rs", "fn second() {}"),
        ],
        ..fim(before, after)
    }
}

#[test]
fn a_model_is_recognised_by_a_piece_of_its_name() {
    let known = [
        ("qwen2.5-coder:1.5b-base", "qwen"),
        (
            "hf.co/unsloth/Qwen2.5-Coder-7B-Instruct-GGUF:Q4_K_M",
            "qwen",
        ),
        ("/models/qwen2.5-coder-1.5b-q8_0.gguf", "qwen"),
        ("C:\\models\\Qwen2.5-Coder-3B.gguf", "qwen"),
        ("Qwen/Qwen3-Coder-30B-A3B-Instruct", "qwen"),
        ("qwen3-coder-next", "qwen"),
        ("qwen3.5:9b", "qwen"),
        ("qwen-3.6-27b", "qwen"),
        ("bigcode/starcoder2-3b", "star_coder"),
        ("deepseek-coder-v2:16b-lite-base-q4_0", "deepseek_coder"),
        ("codestral:22b-v0.1-q4_0", "codestral"),
        ("codegemma:2b-code", "code_gemma"),
        ("codellama:7b-code", "code_llama"),
        ("codellama/CodeLlama-13b-hf", "code_llama"),
        ("granite4:350m", "granite"),
        ("ibm-granite/granite-4.0-h-tiny-base", "granite"),
        ("granite-code:3b", "granite_code"),
        ("ByteDance-Seed/Seed-Coder-8B-Base", "seed_coder"),
        ("JetBrains/Mellum-4b-sft-python", "mellum"),
        ("zai-org/GLM-4.7", "glm"),
    ];
    for (name, expected) in known {
        assert_eq!(
            Format::for_model(name).map(Format::name),
            Some(expected),
            "{name}"
        );
    }
    let unknown = [
        "",
        "/",
        "qwen3:8b",
        "llama3.2",
        "gpt-oss-120b",
        "codellama:34b-code",
        "codellama:7b-instruct",
        "codegemma:7b-instruct",
        "zeta-2",
        "sweep-next-edit-1.5b",
        "glm-5.1",
        "mellum2-12b",
        "deepseek-flash",
        "granite3.3:8b",
        "qwen2.5-coder/other-model",
    ];
    for name in unknown {
        assert_eq!(Format::for_model(name).map(Format::name), None, "{name}");
    }
}

#[track_caller]
fn check(name: &str, fim: &Fim, expected: Expect) {
    let rendered = format(name).render(fim, 4096);
    assert_eq!(rendered.max_tokens, 64);
    expected.assert_eq(&rendered.prompt);
}

#[test]
fn a_prompt_is_written_as_its_family_has_it() {
    let alone = fim("fn add() {\n    ", "\n}\n");
    check(
        "qwen",
        &alone,
        expect![[r#"
        <|fim_prefix|>fn add() {
            <|fim_suffix|>
        }
        <|fim_middle|>"#]],
    );
    check(
        "code_llama",
        &alone,
        expect![[r#"
        <PRE> // src/add.rs
        fn add() {
             <SUF>
        }
         <MID>"#]],
    );
    let among = with_extra("fn add() {\n    ", "\n}\n");
    check(
        "qwen",
        &among,
        expect![[r#"
        <|repo_name|>project
        <|file_sep|>src/second.rs
        fn second() {}
        <|file_sep|>src/best.rs
        fn best() {}
        <|file_sep|>src/add.rs
        <|fim_prefix|>fn add() {
            <|fim_suffix|>
        }
        <|fim_middle|>"#]],
    );
    check(
        "star_coder",
        &among,
        expect![[r#"
        <repo_name>project<file_sep>src/second.rs
        fn second() {}
        <file_sep>src/best.rs
        fn best() {}
        <file_sep><fim_prefix>src/add.rs
        fn add() {
            <fim_suffix>
        }
        <fim_middle>"#]],
    );
    check(
        "mellum",
        &among,
        expect![[r#"
        <filename>src/second.rs
        fn second() {}
        <filename>src/best.rs
        fn best() {}
        <filename>src/add.rs
        <fim_suffix>
        }
        <fim_prefix>fn add() {
            <fim_middle>"#]],
    );
    check(
        "seed_coder",
        &among,
        expect![[r#"
        <[fim-suffix]>
        }
        <[fim-prefix]><filename>src/second.rs
        fn second() {}
        <filename>src/best.rs
        fn best() {}
        <filename>src/add.rs
        fn add() {
            <[fim-middle]>"#]],
    );
    check(
        "codestral",
        &among,
        expect![[r#"
        [SUFFIX]
        }
        [PREFIX]+++++ src/second.rs
        fn second() {}

        +++++ src/best.rs
        fn best() {}

        +++++ src/add.rs
        fn add() {
            "#]],
    );
    check(
        "deepseek_coder",
        &among,
        expect![[r#"
        <｜fim▁begin｜>// src/second.rs
        fn second() {}
        // src/best.rs
        fn best() {}
        // src/add.rs
        fn add() {
            <｜fim▁hole｜>
        }
        <｜fim▁end｜>"#]],
    );
    assert_eq!(format("seed_coder").order(), Order::Spm);
}

#[test]
fn a_prompt_keeps_to_its_budget() {
    let lines = "let value = compute(1, 2);\n".repeat(2000);
    let long = Fim {
        extra: with_extra("", "").extra,
        ..fim(&lines, &lines)
    };
    for format in Formats::built_in().iter() {
        for budget in [512, 2048, 8192, 65536] {
            let rendered = format.render(&long, budget);
            assert!(
                rendered.prompt.len() <= budget,
                "{} {budget}",
                format.name()
            );
            assert!(
                rendered.prompt.len() >= budget / 3,
                "{} {budget}",
                format.name()
            );
        }
    }
}

#[test]
fn the_hole_prompt_has_its_marker_once() {
    let chat = hole(&with_extra("fn add() {\n    ", "\n}\n"));
    assert_eq!(
        (chat.turns.len(), chat.turns[0].role, chat.max_tokens),
        (1, Role::User, Some(64))
    );
    expect![[r#"
        ### Other file: src/second.rs
        fn second() {}
        ### Other file: src/best.rs
        fn best() {}
        ### File: src/add.rs (rust)
        fn add() {
            <|HOLE|>
        }

        ### Wanted
        The text in place of <|HOLE|>, at most 4 lines."#]]
    .assert_eq(&chat.turns[0].text());
    let own = hole(&fim("a <|HOLE|> b", " <|HOLE_1|>"));
    assert!(
        own.turns[0]
            .text()
            .contains("a <|HOLE|> b<|HOLE_2|> <|HOLE_1|>")
    );
}

/// Text in which tokens of the format, whole, broken and in part, stand among others.
fn text_with(tokens: Vec<String>) -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        3 => prop::sample::select(tokens.clone()),
        1 => prop::sample::select(tokens).prop_map(|token| {
            let first = token.chars().next().map_or(0, char::len_utf8);
            format!("{}\u{200b}{}", &token[..first], &token[first..])
        }),
        1 => Just("\u{200b}".to_owned()),
        4 => "[a-z<>|\\[\\n é🦀]{0,6}",
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

fn tokens_of(name: &str) -> Vec<String> {
    let stops = format(name).stops().iter();
    stops.filter(|stop| !stop.contains(' ')).cloned().collect()
}

fn sample() -> impl Strategy<Value = (&'static str, String, String)> {
    let names: Vec<&'static str> = Formats::built_in().iter().map(Format::name).collect();
    prop::sample::select(names).prop_flat_map(|name| {
        (
            Just(name),
            text_with(tokens_of(name)),
            text_with(tokens_of(name)),
        )
    })
}

proptest! {
    #[test]
    fn tokens_in_the_users_own_text_are_none_of_the_prompts((name, before, after) in sample()) {
        let format = format(name);
        let counted = |prompt: &str| tokens_of(name).iter().map(|token| prompt.matches(token.as_str()).count()).collect::<Vec<_>>();
        let empty = format.render(&fim("", ""), 1 << 16).prompt;
        let full = format.render(&fim(&before, &after), 1 << 16).prompt;
        prop_assert_eq!(counted(&full), counted(&empty), "{:?}", full);
        let mut extra = with_extra("", "");
        let plain = format.render(&extra, 1 << 16).prompt;
        extra.extra[0].text.push_str(&before);
        extra.extra[1].path.push_str(&after.replace('\n', ""));
        let filled = format.render(&extra, 1 << 16).prompt;
        prop_assert_eq!(counted(&filled), counted(&plain), "{:?}", filled);
    }

    #[test]
    fn what_was_broken_is_whole_again_in_the_answer((name, text, _) in sample(), size in 1_usize..7) {
        let format = format(name);
        let prompt = format.render(&fim(&format!("BEGIN;{text};END"), ""), 1 << 16).prompt;
        let (_, broken) = prompt.split_once("BEGIN;").expect("the text before the cursor");
        let (broken, _) = broken.split_once(";END").expect("its end");
        let mut output = format.output();
        let mut given = String::new();
        for piece in broken.chars().collect::<Vec<_>>().chunks(size) {
            given.push_str(&output.push(&piece.iter().collect::<String>()));
        }
        given.push_str(&output.finish());
        prop_assert!(!output.has_ended());
        prop_assert_eq!(given, text);
    }
}

#[test]
fn an_answer_ends_at_a_stop_however_it_is_cut() {
    let answer = "let x = 1;\nif a < b {}<|file_sep|>src/other.rs\n";
    for size in 1..answer.len() {
        let mut output = format("qwen").output();
        let mut given = String::new();
        for piece in answer.as_bytes().chunks(size) {
            given.push_str(&output.push(std::str::from_utf8(piece).expect("ASCII")));
        }
        given.push_str(&output.finish());
        assert_eq!(given, "let x = 1;\nif a < b {}", "pieces of {size}");
        assert!(output.has_ended());
    }
}

/// A file as people write them, long enough for every budget.
fn long_file() -> String {
    let function = |number: usize| {
        format!(
            "/// Computes the value number {number}.\npub fn value_{number}(input: &str) -> Option<usize> {{\n    \
             let length = input.len() * {number};\n    if length > {} {{\n        return None;\n    }}\n    \
             Some(length)\n}}\n\n",
            number * 7
        )
    };
    (0..400).map(function).collect()
}

fn share_kept(text: &str, typed: &str, cap: usize) -> f64 {
    let mut whole = text.to_owned();
    let mut last: Option<usize> = None;
    let (mut kept, mut keys) = (0_u32, 0_u32);
    for char in typed.chars() {
        whole.push(char);
        let start = whole.len() - window::start(&whole, cap).len();
        assert!(
            whole.len() - start <= cap && whole.len() - start >= cap / 2,
            "{start} of {}",
            whole.len()
        );
        if let Some(last) = last {
            keys += 1;
            kept += u32::from(last == start);
        }
        last = Some(start);
    }
    f64::from(kept) / f64::from(keys)
}

#[test]
fn typing_keeps_the_start_of_the_prompt() {
    let file = long_file();
    let typed: String = file.chars().take(6000).collect();
    for cap in [1024, 4096, 8192] {
        let share = share_kept(&file, &typed, cap);
        assert!(share >= 0.95, "{share} with {cap}");
    }
    // Lines that are all alike, and one line without an end.
    for text in ["let x = 1;\n".repeat(2000), "[1,2],".repeat(4000)] {
        let typed: String = text.chars().take(3000).collect();
        let share = share_kept(&text, &typed, 4096);
        assert!(share >= 0.95, "{share} of {:?}", &text[..8]);
    }
}

#[test]
fn consecutive_prompts_share_all_but_their_end() {
    let file = long_file();
    for format in Formats::built_in().iter() {
        let mut hole = Fim {
            extra: with_extra("", "").extra,
            ..fim(&file, "\n}\n")
        };
        let mut last: Option<String> = None;
        let mut shared = 0;
        let typed = "let total = first + second;\n    let other = total * 2;\n";
        for char in typed.chars() {
            hole.before.push(char);
            let prompt = format.render(&hole, 8192).prompt;
            if let Some(last) = &last {
                let same = last
                    .bytes()
                    .zip(prompt.bytes())
                    .take_while(|(one, other)| one == other)
                    .count();
                // All but what comes after the cursor and its tokens.
                shared += usize::from(same + 80 >= last.len());
            }
            last = Some(prompt);
        }
        let keys = typed.chars().count() - 1;
        assert!(
            shared * 100 >= keys * 95,
            "{}: {shared} of {keys}",
            format.name()
        );
    }
}

#[test]
fn the_start_does_not_depend_on_where_the_callers_text_begins() {
    let file = long_file();
    let whole = window::start(&file, 4096);
    let mut dropped = &file[..];
    while dropped.len() > 12_000 {
        let line = dropped.find('\n').expect("a line");
        dropped = &dropped[line + 1..];
        assert_eq!(window::start(dropped, 4096), whole);
    }
}

/// Text of a user, with all that may be in its way.
fn user_text() -> impl Strategy<Value = String> {
    let tokens = Formats::built_in().iter().flat_map(|format| format.stops());
    let mut pieces: Vec<String> = tokens
        .filter(|stop| !stop.contains('\n'))
        .cloned()
        .collect();
    let more = [
        "fn main() {\n",
        "    let x = 1;\n",
        "\n",
        " ",
        "\t",
        "}",
        "é",
        "\u{200b}",
        "<",
        "|",
        "<|fim",
        "\r\n",
        "// words\n",
        "# a title\n",
        "<PRE> ",
        " <SUF>",
        " <MID>",
        "[PREFIX]",
        "a.b",
        "<repo_name>",
        "<reponame>",
    ];
    pieces.extend(more.map(str::to_owned));
    prop::collection::vec(prop::sample::select(pieces), 0..12).prop_map(|pieces| pieces.concat())
}

fn paths() -> impl Strategy<Value = String> {
    "([a-z_]{1,6}/){0,2}[a-z_]{1,6}\\.[a-z]{1,3}".prop_map(String::from)
}

proptest! {
    #[test]
    fn a_prompt_is_taken_apart_as_it_was_put_together(
        before in user_text(),
        after in user_text(),
        path in paths(),
        others in prop::collection::vec((paths(), user_text()), 0..3),
    ) {
        let extra = |(path, text): &(String, String)| Extra { path: path.clone(), text: text.trim_end().to_owned() };
        let fim = Fim {
            path: path.clone(),
            // Where the first line is not the path, the path is what stands above it.
            before: format!("use x;\n{before}"),
            after,
            extra: others.iter().map(extra).collect(),
            language: "rust".to_owned(),
            ..Fim::default()
        };
        for format in Formats::built_in().iter() {
            let prompt = format.render(&fim, 1 << 20).prompt;
            let apart = format.take_apart(&prompt);
            let apart = apart.unwrap_or_else(|| panic!("{}: {prompt:?}", format.name()));
            prop_assert_eq!(&apart.before, &fim.before, "{}: {:?}", format.name(), prompt);
            prop_assert_eq!(&apart.after, &fim.after, "{}: {:?}", format.name(), prompt);
            prop_assert_eq!(&apart.extra, &fim.extra, "{}: {:?}", format.name(), prompt);
            let is_said = prompt.contains(&format!("{path}\n"));
            prop_assert!(apart.path == path || !is_said || apart.path.is_empty() && format.name() == "code_gemma",
                "{}: {:?}", format.name(), prompt);
            // A model that nobody knows may be asked in the format of another that has the same tokens for the hole, where the
            // path is a comment and other tokens stay broken.
            let (found, same) = Formats::built_in().take_apart(&prompt, "").expect("a format");
            let plain = |text: &str| text.replace('\u{200b}', "");
            prop_assert!(plain(&same.before).ends_with(&plain(&apart.before)), "{}: {:?}", found.name(), same);
            prop_assert_eq!(plain(&same.after), plain(&apart.after), "{}", found.name());
        }
    }

    #[test]
    fn nothing_that_is_no_prompt_is_taken_apart(text in "[a-z(){}\n <>|]{0,60}") {
        prop_assert!(Formats::built_in().take_apart(&text, "qwen2.5-coder").is_none());
    }
}

#[test]
fn prompts_of_other_programs_are_taken_apart() {
    // As Zed writes them: no path, no other files, and what is in the text is not broken.
    for (prompt, format) in [
        (
            "<|fim_prefix|>fn a() {<|fim_suffix|>}\n<|fim_middle|>",
            "qwen",
        ),
        (
            "<fim_prefix>fn a() {<fim_suffix>}\n<fim_middle>",
            "star_coder",
        ),
        ("<PRE> fn a() { <SUF>}\n <MID>", "code_llama"),
        ("<s><PRE> fn a() { <SUF>}\n <MID>", "code_llama"),
        (
            "<｜fim▁begin｜>fn a() {<｜fim▁hole｜>}\n<｜fim▁end｜>",
            "deepseek_coder",
        ),
        ("[SUFFIX]}\n[PREFIX]fn a() {", "codestral"),
        ("<s>[SUFFIX]}\n[PREFIX]fn a() {", "codestral"),
        (
            "<|code_prefix|>fn a() {<|code_suffix|>}\n<|code_middle|>",
            "glm",
        ),
        (
            "<[fim-suffix]>}\n<[fim-prefix]>fn a() {<[fim-middle]>",
            "seed_coder",
        ),
        ("<fim_suffix>}\n<fim_prefix>fn a() {<fim_middle>", "mellum"),
    ] {
        let (found, fim) = Formats::built_in()
            .take_apart(prompt, "any-model")
            .expect("a format");
        assert_eq!(
            (fim.before.as_str(), fim.after.as_str()),
            ("fn a() {", "}\n"),
            "{prompt}"
        );
        assert_eq!(found.name(), format, "{prompt}");
    }
    let with_files = "<|repo_name|>theirs\n<|file_sep|>a.py\nx = 1\n<|file_sep|>src/b.py\n<|fim_prefix|>y = <|fim_suffix|>\n<|fim_middle|>";
    let fim = format("qwen").take_apart(with_files).expect("a hole");
    assert_eq!(
        (fim.path.as_str(), fim.before.as_str()),
        ("src/b.py", "y = ")
    );
    assert_eq!(
        (fim.extra[0].path.as_str(), fim.extra[0].text.as_str()),
        ("a.py", "x = 1")
    );
    let with_files =
        "<[fim-suffix]>\n<[fim-prefix]><filename>a.py\nx = 1\n<filename>b.py\ny = <[fim-middle]>";
    let fim = format("seed_coder").take_apart(with_files).expect("a hole");
    assert_eq!(
        (fim.path.as_str(), fim.before.as_str(), fim.extra.len()),
        ("b.py", "y = ", 1)
    );
    for none in [
        "",
        "fn a() {",
        "<|fim_prefix|>a<|fim_suffix|>b",
        "words <|fim_prefix|>a<|fim_suffix|>b<|fim_middle|>",
        "say [SUFFIX] and [PREFIX]",
    ] {
        assert!(
            Formats::built_in()
                .take_apart(none, "qwen2.5-coder")
                .is_none(),
            "{none}"
        );
    }
}
