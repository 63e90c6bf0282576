//! Signatures and the facts read from bodies.

use expect_test::{Expect, expect};
use firesteel_syntax::{
    Language, enclosing_item,
    signature::{self, FailureKind, Parameter, Signature},
};

use crate::fixture;

#[track_caller]
fn check(language: Language, fixture: &str, expected: Expect) {
    let (source, offset) = fixture::cursor(fixture);
    let (text, tree) = fixture::parsed(language, &source);
    let Some(item) = enclosing_item(&tree, &text, offset) else {
        panic!("no item")
    };
    let signature = signature::of(&tree, &text, &item);
    expected.assert_eq(&signature.map_or("none".to_owned(), |signature| render(&signature)));
}

/// The signature's head, one line for each parameter, and the facts that hold.
fn render(signature: &Signature) -> String {
    let mut out = format!("{} -> {:?}", signature.name, signature.returns);
    let facts = &signature.facts;
    let words = [
        (signature.is_async, "async"),
        (signature.is_unsafe, "unsafe"),
        (facts.returns_result, "result"),
        (facts.returns_option, "option"),
        (facts.yields, "yields"),
        (facts.returns_value, "returns"),
    ];
    out.extend(
        words
            .into_iter()
            .filter(|(holds, _)| *holds)
            .map(|(_, word)| format!(" {word}")),
    );
    for parameter in &signature.parameters {
        let Parameter {
            name,
            kind,
            type_text,
            default,
        } = parameter;
        out += &format!("\n{kind:?} {name}: {type_text:?} = {default:?}");
    }
    for failure in &facts.failures {
        let what = failure.what.as_deref().unwrap_or("something");
        let when = failure.when.as_deref().unwrap_or("?");
        out += &format!("\n{:?} {what} if {when}", failure.kind);
    }
    out
}

#[test]
fn rust_parameters() {
    check(
        Language::Rust,
        "impl A {
    /// Docs.
    pub(crate) async unsafe fn go<'a, T: Fn(u32)>(
        &'a mut self,
        (a, b): (u32, u32), // a pair
        mut list: Vec<Option<T>>,
        #[cfg(x)] _: (),
    ) -> std::io::Result<Vec<T>> where T: Copy {
        $0Ok(list)
    }
}",
        expect![[r#"
            go -> Some("std::io::Result<Vec<T>>") async unsafe result
            Receiver self: Some("&'a mut Self") = None
            Plain (a, b): Some("(u32, u32)") = None
            Plain list: Some("Vec<Option<T>>") = None
            Plain _: Some("()") = None"#]],
    );
    check(
        Language::Rust,
        "trait A { fn own(mut self: Box<Self>, x: u8)$0; }",
        expect![[r#"
            own -> None
            Receiver self: Some("Box<Self>") = None
            Plain x: Some("u8") = None"#]],
    );
}

#[test]
fn rust_facts() {
    let facts = |fixture: &str| {
        let (source, offset) = fixture::cursor(fixture);
        let (text, tree) = fixture::parsed(Language::Rust, &source);
        let item = enclosing_item(&tree, &text, offset)
            .and_then(|item| signature::of(&tree, &text, &item));
        let facts = item.unwrap_or_else(|| panic!("no signature")).facts;
        let can_panic = facts
            .failures
            .iter()
            .any(|failure| failure.kind == FailureKind::Panic);
        (facts.returns_result, facts.returns_option, can_panic)
    };
    assert_eq!(
        facts("fn f() -> Result<u32, E> { $0g()?; Ok(1) }"),
        (true, false, false)
    );
    assert_eq!(
        facts("fn f() -> Option<u32> { $0x.unwrap() }"),
        (false, true, true)
    );
    assert_eq!(
        facts("fn f() -> Vec<Result<u32>> { $0x.unwrap_or(1) }"),
        (false, false, false)
    );
    assert_eq!(
        facts("fn f() { $0xs.map(|x| x.expect(\"x\")) }"),
        (false, false, true)
    );
    assert_eq!(
        facts("fn f() { $0std::panic!(\"no\") }"),
        (false, false, true)
    );
    assert_eq!(
        facts("fn f() { fn g() { todo!() } $0 g() }"),
        (false, false, false)
    );
    assert_eq!(
        facts("fn f() { $0xs[3]; unwrap(); // panic!()\n }"),
        (false, false, false)
    );
}

#[test]
fn rust_failures_have_their_conditions() {
    check(
        Language::Rust,
        "fn f(&self, a: u32) -> Result<u32, E> {
    $0let limit = self.limits.get(name).ok_or(E::Unknown)?;
    let Some(b) = a.checked_add(1) else { return Err(E::Overflow(a)) };
    if b > *limit && !self.open {
        return Err(E::Over { limit: 1 });
    } else if b == 0 {
        anyhow::bail!(\"no\");
    }
    match self.kind {
        Kind::A | Kind::B => {}
        Kind::C(n) if n > 3 => return Err(E::new(n)),
        _ => Err(error),
    }
    if let Some(c) = d { assert!(c > f(c), \"no {}\", c) }
    let text = read(path).map_err(|_| E::Io)?.parse()?;
    ensure!(text.len() < 3, \"long\");
    assert_eq!(Err(3), g(vec![1]));
    client.get(url).await?;
    fn inner() -> Result<()> { Err(E::Inner) }
    self.cache.lock().unwrap().len();
    Ok(1)
}",
        expect![[r#"
            f -> Some("Result<u32, E>") result
            Receiver self: Some("&Self") = None
            Plain a: Some("u32") = None
            Error E::Unknown if `self.limits.get(name)` is `None`
            Error E::Overflow if `a.checked_add(1)` is not `Some(b)`
            Error E::Over if `b > *limit && !self.open`
            Error something if not `b > *limit && !self.open` and `b == 0`
            Error E if `self.kind` is `Kind::C(n) if n > 3`
            Error something if `self.kind` is none of the others
            Panic something if not `c > f(c)`
            Error something if `read(path).map_err(|_| E::Io)?.parse()` fails
            Error E::Io if `read(path)` fails
            Error something if not `text.len() < 3`
            Panic something if `Err(3)` is not `g(vec![1])`
            Error something if `client.get(url)` fails
            Panic something if `self.cache.lock()` holds no value"#]],
    );
}

#[test]
fn python_raises_have_their_conditions() {
    check(
        Language::Python,
        "def f(x):
    $0if not x:
        raise ValueError(x)
    elif x > 3:
        if y: raise TooLarge
    elif x in seen:
        pass
    else:
        raise KeyError
    try:
        go()
    except (OSError, EOFError) as error:
        raise Failed(error) from error
    match x:
        case 1: raise One
",
        expect![[r#"
            f -> None
            Plain x: None = None
            Exception ValueError if `not x`
            Exception TooLarge if `x` and `x > 3` and `y`
            Exception KeyError if none of `not x`, `x > 3`, `x in seen`
            Exception Failed if `(OSError, EOFError)` is raised inside
            Exception One if ?"#]],
    );
}

#[test]
fn python_parameters() {
    check(
        Language::Python,
        "class A:
    @classmethod
    async def go(cls, a, b: int = 3, /, *args: str, key=None, other: 'X', **kwargs) -> dict[str, int]:
        $0raise ValueError('no')
",
        expect![[r#"
            go -> Some("dict[str, int]") async
            Receiver cls: None = None
            Plain a: None = None
            Plain b: Some("int") = Some("3")
            Rest args: Some("str") = None
            Plain key: None = Some("None")
            Plain other: Some("'X'") = None
            KeywordRest kwargs: None = None
            Exception ValueError if ?"#]],
    );
    check(
        Language::Python,
        "def f(x, *, y: int): $0return",
        expect![[r#"
            f -> None
            Plain x: None = None
            Plain y: Some("int") = None"#]],
    );
}

#[test]
fn python_facts() {
    check(
        Language::Python,
        "def f(x):
    $0if x:
        raise errors.NotFound from None
    try:
        yield 3
    except KeyError as e:
        raise
    except OSError as error:
        raise error
    def g():
        raise RuntimeError
        return 3
    class B:
        def h(self): return 1
    key = lambda x: (yield)
    raise errors.NotFound(x)
    raise ValueError
    return
",
        expect![[r#"
            f -> None yields
            Plain x: None = None
            Exception errors.NotFound if `x`
            Exception errors.NotFound if ?
            Exception ValueError if ?"#]],
    );
    check(
        Language::Python,
        "def f(x):\n    $0return None\n",
        expect![[r#"
            f -> None
            Plain x: None = None"#]],
    );
}

#[test]
fn others_have_none() {
    check(Language::Rust, "struct A { $0 }", expect!["none"]);
    check(
        Language::JavaScript,
        "function f(a) { $0 }",
        expect!["none"],
    );
    check(
        Language::Go,
        "package p\nfunc f(a int) { $0 }",
        expect!["none"],
    );
}
