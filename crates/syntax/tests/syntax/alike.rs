//! Places like an edited one, with `«…»` around what was edited and `[…]` around what is found.

use firesteel_syntax::{Language, alike, alike_elsewhere, defines, is_shared, phrases, token_at};

use crate::fixture;

/// The fixture has the new name within `«»`; the old ones that are to be found stand within `⟦⟧`.
#[track_caller]
fn check(language: Language, old: &str, fixture: &str) {
    let (before, rest) = fixture.split_once('«').unwrap_or((fixture, ""));
    let (new, behind) = rest.split_once('»').unwrap_or((rest, ""));
    let plain = |text: &str| text.replace(['⟦', '⟧'], "");
    let source = format!("{}{new}{}", plain(before), plain(behind));
    let at = plain(before).len();
    let (text, tree) = fixture::parsed(language, &source);
    let token = token_at(&tree, &text, &(at..at + new.len()));
    let token = token.unwrap_or_else(|| panic!("no token: {new}"));
    let mut marked = source.clone();
    for place in alike(&tree, &text, &token, old, 0..text.len()).iter().rev() {
        marked.insert(place.end, '⟧');
        marked.insert(place.start, '⟦');
    }
    let expected = fixture.replace(['«', '»'], "");
    assert_eq!(marked, expected);
}

#[test]
fn a_renamed_local_is_found_in_its_scope_and_not_where_it_is_shadowed() {
    check(
        Language::Rust,
        "count",
        "fn f() {\n    let «total» = 1;\n    g(⟦count⟧, self.count, \"count\"); // count\n    let h = |count| count + 1;\n    ⟦count⟧ + counted\n}\nfn g(count: u32) { count }\n",
    );
    check(
        Language::Python,
        "count",
        "def f(«total»):\n    print(⟦count⟧, self.count, \"count\", count=1)  # count\n    return lambda count: count + 1\n\ndef g(count):\n    return count\n",
    );
    check(
        Language::TypeScript,
        "count",
        "function f(«total»: number) {\n  g(⟦count⟧, a.count, { count: 1 });\n  return (count) => count;\n}\nfunction g(count: number) { return count; }\n",
    );
    check(
        Language::Go,
        "count",
        "package p\n\nfunc f(«total» int) int {\n\tg(⟦count⟧, a.count)\n\treturn ⟦count⟧\n}\n\nfunc g(count int) int { return count }\n",
    );
}

#[test]
fn a_function_is_found_in_the_whole_file() {
    check(
        Language::Rust,
        "load",
        "fn «fetch»() {}\nfn f() { ⟦load⟧(); }\nfn g(load: u32) -> u32 { load }\nmod m { fn h() { super::⟦load⟧() } }\n",
    );
    check(
        Language::Python,
        "load",
        "def «fetch»():\n    pass\n\ndef f():\n    ⟦load⟧()\n\ndef g(load):\n    return load\n",
    );
}

#[test]
fn members_and_types_are_of_their_own_kind() {
    check(
        Language::Rust,
        "size",
        "struct A { «width»: u32 }\nfn f(a: &A, size: u32) -> u32 { a.⟦size⟧ + size }\n",
    );
    check(
        Language::Python,
        "size",
        "class A:\n    def f(self):\n        return self.«width» + self.⟦size⟧ + size\n",
    );
}

#[test]
fn literals_are_found_where_they_are_for_the_same() {
    check(
        Language::Python,
        "30",
        "get(a, timeout=«60»)\nget(b, timeout=⟦30⟧)\nget(30)\n",
    );
    check(
        Language::Rust,
        "30",
        "fn f() {\n    sleep(«60»);\n    sleep(⟦30⟧);\n    let x = 30;\n}\n",
    );
}

#[test]
fn a_literal_is_for_what_is_declared_and_not_for_its_type() {
    check(
        Language::Rust,
        "30",
        "fn f() {\n    let a: u32 = «60»;\n    let b: u32 = 30;\n}\nfn g() {\n    let a: u32 = ⟦30⟧;\n}\n",
    );
}

#[test]
fn another_text_has_a_name_where_nothing_there_gives_it_a_meaning() {
    let (own, own_tree) = fixture::parsed(Language::Rust, "fn fetch() {\n    let total = 1;\n}\n");
    let token = |name: &str| {
        let at = own.to_string().find(name).unwrap();
        token_at(&own_tree, &own, &(at..at + name.len())).unwrap()
    };
    let (fetch, total) = (token("fetch"), token("total"));
    assert!(is_shared(&own_tree, &own, &fetch, "load"));
    assert!(!is_shared(&own_tree, &own, &total, "count"));
    let source = "use a::load;\nfn f(g: u32) {\n    load();\n    self.load;\n}\nfn h(load: u32) {\n    load\n}\n";
    let (text, tree) = fixture::parsed(Language::Rust, source);
    let places = alike_elsewhere(&tree, &text, &fetch.role, "load");
    let starts: Vec<_> = places.iter().map(|place| place.start).collect();
    assert_eq!(
        starts,
        ["load;", "load()"].map(|at| source.find(at).unwrap())
    );
    assert!(defines(&tree, &text, "h"));
    assert!(!defines(&tree, &text, "load"));
}

#[test]
fn words_of_a_comment_or_string_are_found_in_such() {
    check(
        Language::Rust,
        "colour",
        "// the «color»\n// a ⟦colour⟧ or colours\nfn colour() -> &'static str { \"colour\" }\n",
    );
}

#[test]
fn phrases_are_whole_tokens_of_code() {
    let source = "fn f() {\n    a.unwrap();\n    // b.unwrap()\n    c.unwrap()\n}\n";
    let (text, tree) = fixture::parsed(Language::Rust, source);
    let found = phrases(&tree, &text, ".unwrap()", 0..text.len());
    assert_eq!(found.len(), 2);
    assert!(phrases(&tree, &text, "wrap()", 0..text.len()).is_empty());
}
