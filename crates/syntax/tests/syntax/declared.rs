//! What is declared around a cursor, and the code that is to be written anew for a use of a name.

use firesteel_syntax::{Language, declared_around, enclosing_use};

use crate::fixture;

/// The names that are declared around `$0`, the innermost first; those that other texts share are marked.
#[track_caller]
fn declares(language: Language, fixture: &str, expected: &[&str]) {
    let (source, offset) = fixture::cursor(fixture);
    let (text, tree) = fixture::parsed(language, &source);
    let declared = declared_around(&tree, &text, &(offset..offset));
    let names = declared.iter().map(|declared| {
        let shared = if declared.scope.is_none() { "*" } else { "" };
        format!("{}{shared}", text.slice(declared.name.clone()))
    });
    assert_eq!(names.collect::<Vec<_>>(), expected, "{fixture}");
}

/// The code around the use at `$0`.
#[track_caller]
fn uses(language: Language, fixture: &str, expected: Option<&str>) {
    let (source, offset) = fixture::cursor(fixture);
    let (text, tree) = fixture::parsed(language, &source);
    let code = enclosing_use(&tree, &text, offset).map(|range| text.slice(range));
    assert_eq!(code.as_deref(), expected, "{fixture}");
}

#[test]
fn a_member_is_declared_and_its_type() {
    declares(
        Language::Rust,
        "struct A {\n    b: u$032,\n}\n",
        &["b*", "A*"],
    );
    declares(
        Language::Rust,
        "enum A {\n    B(u$032),\n}\n",
        &["B*", "A*"],
    );
    declares(
        Language::Python,
        "class A:\n    b: i$0nt = 1\n",
        &["b*", "A*"],
    );
    declares(
        Language::TypeScript,
        "interface A {\n  b: num$0ber;\n}\n",
        &["b*", "A*"],
    );
    declares(
        Language::Go,
        "package p\n\ntype A struct {\n\tb in$0t\n}\n",
        &["b*", "A*"],
    );
}

#[test]
fn a_parameter_is_declared_and_its_function_but_not_what_that_is_in() {
    declares(
        Language::Rust,
        "impl A {\n    fn f(b: u$032) {\n        b\n    }\n}\n",
        &["b", "f*"],
    );
    declares(
        Language::Python,
        "class A:\n    def f(b: i$0nt):\n        return b\n",
        &["b", "f*"],
    );
}

#[test]
fn code_declares_no_more_than_its_own_variable() {
    declares(
        Language::Rust,
        "fn f() {\n    let a = g($0);\n    a\n}\n",
        &["a"],
    );
    declares(Language::Rust, "fn f() {\n    g($01);\n}\n", &[]);
    declares(Language::Python, "def f():\n    a = g(k=$01)\n", &["a"]);
    declares(Language::Rust, "const A: u32 = $01;\n", &["A*"]);
    declares(Language::Python, "A = $01\n", &["A*"]);
}

#[test]
fn a_use_is_its_statement_or_the_whole_choice() {
    uses(
        Language::Rust,
        "fn f() {\n    g();\n    let a = $0B { c: 1 };\n}\n",
        Some("let a = B { c: 1 };"),
    );
    let choice = "match a {\n        B::C => g(B::D),\n    }";
    for at in ["B::C", "B::D"] {
        let source = format!("fn f() {{\n    {choice}\n}}\n");
        let expected = match at {
            "B::C" => choice,
            _ => "B::C => g(B::D),",
        };
        uses(
            Language::Rust,
            &source.replacen(at, &format!("$0{at}"), 1),
            Some(expected),
        );
    }
    uses(
        Language::Python,
        "match a:\n    case $0B.C:\n        g()\n",
        Some("match a:\n    case B.C:\n        g()"),
    );
    uses(
        Language::TypeScript,
        "switch (a) {\n  case $0B.C:\n    g();\n}\n",
        Some("switch (a) {\n  case B.C:\n    g();\n}"),
    );
    uses(
        Language::Go,
        "package p\n\nfunc f() {\n\tswitch a {\n\tcase $0B:\n\t\tg()\n\t}\n}\n",
        Some("switch a {\n\tcase B:\n\t\tg()\n\t}"),
    );
}

#[test]
fn imports_and_the_heads_of_items_use_nothing() {
    uses(Language::Rust, "use a::$0B;\n", None);
    uses(Language::Rust, "impl $0B {\n    fn f() {}\n}\n", None);
    uses(Language::Rust, "fn f(b: $0B) {\n    b\n}\n", None);
    uses(Language::Rust, "struct A {\n    b: $0B,\n}\n", None);
    uses(Language::Python, "from a import $0B\n", None);
    uses(Language::Python, "def f(b: $0B):\n    return b\n", None);
    uses(Language::Python, "class A($0B):\n    pass\n", None);
}
