//! Which code is sensitive.

use firesteel_syntax::{Concern, Language, sensitive};

use crate::fixture;

/// Asserts that what is sensitive are these pieces of the text, for these reasons.
#[track_caller]
fn check(language: Language, source: &str, expected: &[(&str, Concern)]) {
    let (text, tree) = fixture::parsed(language, source);
    let found = sensitive(&tree, &text, 0..source.len());
    let found: Vec<_> = found
        .iter()
        .map(|one| (&source[one.range.clone()], one.concern))
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn rust() {
    check(
        Language::Rust,
        "unsafe fn f(token: u8) { let q = format!(\"SELECT * FROM t WHERE a = {a}\"); }",
        &[
            ("unsafe", Concern::Unsafe),
            ("\"SELECT * FROM t WHERE a = {a}\"", Concern::Sql),
        ],
    );
    check(
        Language::Rust,
        "fn f() { std::process::Command::new(\"ls\"); check_password(api_key); unsafe { x } }",
        &[
            ("std::process::Command::new", Concern::Processes),
            ("check_password", Concern::Authentication),
            ("api_key", Concern::Secrets),
            ("unsafe { x }", Concern::Unsafe),
        ],
    );
    check(
        Language::Rust,
        "fn f() { let parser = format!(\"select {a}\"); author(\"SELECT a FROM b\"); hash_map(); }",
        &[],
    );
}

#[test]
fn python() {
    check(
        Language::Python,
        "import subprocess\nsubprocess.run(x)\ndb.execute(f\"delete from t where a = {a}\")\ndb.execute(\"SELECT a FROM t WHERE a = ?\", a)\ndigest = md5(a)\n",
        &[
            ("subprocess.run", Concern::Processes),
            ("f\"delete from t where a = {a}\"", Concern::Sql),
            ("md5", Concern::Cryptography),
        ],
    );
    check(
        Language::Python,
        "q = \"UPDATE t SET a = '\" + a + \"'\"\nr = \"INSERT INTO t VALUES ({})\".format(a)\n",
        &[
            ("\"UPDATE t SET a = '\"", Concern::Sql),
            ("\"INSERT INTO t VALUES ({})\"", Concern::Sql),
        ],
    );
}

#[test]
fn javascript_typescript_and_go() {
    for language in [Language::JavaScript, Language::TypeScript, Language::Tsx] {
        check(
            language,
            "db.query(`SELECT * FROM t WHERE a = ${a}`); execSync(cmd); login(user);",
            &[
                ("`SELECT * FROM t WHERE a = ${a}`", Concern::Sql),
                ("execSync", Concern::Processes),
                ("login", Concern::Authentication),
            ],
        );
    }
    check(
        Language::Go,
        "package a\nfunc f() { q := fmt.Sprintf(\"SELECT a FROM b WHERE c = %s\", c); exec.Command(q); unsafe.Pointer(p) }\n",
        &[
            ("\"SELECT a FROM b WHERE c = %s\"", Concern::Sql),
            ("exec.Command", Concern::Processes),
            ("unsafe.Pointer", Concern::Unsafe),
        ],
    );
}
