//! The outline of each language, item by item.

use crate::fixture;

use std::fmt::Write;

use expect_test::{Expect, expect};
use firesteel_syntax::{Item, Language, outline};
use firesteel_text::Text;

#[track_caller]
fn check(language: Language, source: &str, expected: Expect) {
    let (text, tree) = fixture::parsed(language, source);
    let items = outline(&tree, &text);
    expected.assert_eq(
        &items
            .iter()
            .fold(String::new(), |out, item| out + &render(&text, item)),
    );
}

/// One line with kind, name and signature; below it what stands before it, its docs, and how its
/// body begins and ends.
fn render(text: &Text, item: &Item) -> String {
    let indent = "  ".repeat(item.depth);
    let one_line = |range: std::ops::Range<usize>| text.slice(range).replace('\n', "⏎");
    let mut out = format!(
        "{indent}{:?} {}: {}\n",
        item.kind,
        item.name,
        one_line(item.signature.clone())
    );
    assert_eq!(text.slice(item.name_range.clone()), item.name);
    if item.outer.start < item.range.start {
        let _ = writeln!(
            out,
            "{indent}  before: {}",
            one_line(item.outer.start..item.range.start)
        );
    }
    if let Some(doc) = &item.doc {
        let _ = writeln!(out, "{indent}  doc: {}", one_line(doc.clone()));
    }
    if let Some(body) = &item.body {
        let _ = writeln!(out, "{indent}  body: {}", one_line(body.clone()));
    }
    out
}

#[test]
fn rust() {
    check(
        Language::Rust,
        r#"//! A module.

// Plain.
/// A point.
///
/// Two of them.
#[derive(Debug)]
pub struct Point {
    x: u32,
}

pub struct Unit;
struct Pair(u32, u32);

enum Shape { Dot }

/// Not attached.

trait Area {
    const UNIT: u32 = 1;
    type Out;
    /// The area.
    fn area(&self) -> u32;
}

impl<T> Area for Vec<T>
where
    T: Copy,
{
    type Out = u32;
    #[inline]
    /// Says it.
    #[must_use]
    fn area(&self) -> u32 {
        fn inner() {}
        0
    }
}

mod tests {
    #[test]
    fn works() {}
}

const A: u32 = 1;
static B: u32 = 1;
macro_rules! m { () => {} }
pub async unsafe fn spread<T>(
    a: T,
) -> Result<T, ()>
where T: Copy { Ok(a) }
"#,
        expect![[r#"
            Struct Point: pub struct Point
              before: /// A point.⏎///⏎/// Two of them.⏎#[derive(Debug)]⏎
              doc: /// A point.⏎///⏎/// Two of them.
              body: {⏎    x: u32,⏎}
            Struct Unit: pub struct Unit;
            Struct Pair: struct Pair
              body: (u32, u32)
            Enum Shape: enum Shape
              body: { Dot }
            Trait Area: trait Area
              body: {⏎    const UNIT: u32 = 1;⏎    type Out;⏎    /// The area.⏎    fn area(&self) -> u32;⏎}
              Constant UNIT: const UNIT: u32 = 1;
              TypeAlias Out: type Out;
              Method area: fn area(&self) -> u32;
                before: /// The area.⏎    
                doc: /// The area.
            Impl Vec<T>: impl<T> Area for Vec<T>⏎where⏎    T: Copy,
              body: {⏎    type Out = u32;⏎    #[inline]⏎    /// Says it.⏎    #[must_use]⏎    fn area(&self) -> u32 {⏎        fn inner() {}⏎        0⏎    }⏎}
              TypeAlias Out: type Out = u32;
              Method area: fn area(&self) -> u32
                before: #[inline]⏎    /// Says it.⏎    #[must_use]⏎    
                doc: /// Says it.
                body: {⏎        fn inner() {}⏎        0⏎    }
                Function inner: fn inner()
                  body: {}
            Module tests: mod tests
              body: {⏎    #[test]⏎    fn works() {}⏎}
              Function works: fn works()
                before: #[test]⏎    
                body: {}
            Constant A: const A: u32 = 1;
            Variable B: static B: u32 = 1;
            Macro m: macro_rules! m { () => {} }
            Function spread: pub async unsafe fn spread<T>(⏎    a: T,⏎) -> Result<T, ()>⏎where T: Copy
              body: { Ok(a) }
        "#]],
    );
}

#[test]
fn python() {
    check(
        Language::Python,
        r#""""Module."""
LIMIT = 3
class A(B):
    """Doc of A."""
    x = 1

    @property
    @cache
    def area(self) -> int:  # why
        '''Doc of area.'''
        return 1

    async def go(self):
        def inner(): pass
        x = 1

def f(
    a: int = 3,
    *args,
): return a

class Empty: ...
"#,
        expect![[r#"
            Constant LIMIT: LIMIT = 3
            Class A: class A(B)
              doc: """Doc of A."""
              body: """Doc of A."""⏎    x = 1⏎⏎    @property⏎    @cache⏎    def area(self) -> int:  # why⏎        '''Doc of area.'''⏎        return 1⏎⏎    async def go(self):⏎        def inner(): pass⏎        x = 1
              Method area: def area(self) -> int
                before: @property⏎    @cache⏎    
                doc: '''Doc of area.'''
                body: '''Doc of area.'''⏎        return 1
              Method go: async def go(self)
                body: def inner(): pass⏎        x = 1
                Function inner: def inner()
                  body: pass
            Function f: def f(⏎    a: int = 3,⏎    *args,⏎)
              body: return a
            Class Empty: class Empty
              body: ...
        "#]],
    );
}

#[test]
fn javascript() {
    check(
        Language::JavaScript,
        r#"/** Adds. */
export function add(a, b) { return a + b; }
// plain
export default class Foo extends Bar {
  /** Name. */
  static async name() { return 1; }
  handler = (e) => { go(e); };
  get x() { return 1; }
}
/** Twice. */
export const twice = (x) => x * 2;
const LIMIT = 3, OTHER = 4;
function* gen() {}
const Comp = () => <div onClick={() => 1}>hi</div>;
function outer() { const local = 1; const inner = function () {}; }
"#,
        expect![[r#"
            Function add: export function add(a, b)
              before: /** Adds. */⏎
              doc: /** Adds. */
              body: { return a + b; }
            Class Foo: export default class Foo extends Bar
              body: {⏎  /** Name. */⏎  static async name() { return 1; }⏎  handler = (e) => { go(e); };⏎  get x() { return 1; }⏎}
              Method name: static async name()
                before: /** Name. */⏎  
                doc: /** Name. */
                body: { return 1; }
              Method handler: handler = (e) =>
                body: { go(e); }
              Method x: get x()
                body: { return 1; }
            Function twice: export const twice = (x) =>
              before: /** Twice. */⏎
              doc: /** Twice. */
              body: x * 2
            Constant LIMIT: LIMIT = 3
            Constant OTHER: OTHER = 4
            Function gen: function* gen()
              body: {}
            Function Comp: const Comp = () =>
              body: <div onClick={() => 1}>hi</div>
            Function outer: function outer()
              body: { const local = 1; const inner = function () {}; }
              Function inner: const inner = function ()
                body: {}
        "#]],
    );
}

#[test]
fn typescript() {
    let source = r#"/** Shape. */
export interface Shape { area(): number; name: string }
export type Id = string | number;
export enum Color { Red }
export abstract class A<T> implements Shape {
  private x: number = 1;
  @log()
  area(): number { return 1; }
  abstract foo(): void;
}
@Injectable()
export class B {}
declare function ext(a: string): void;
namespace N { export function inner(): void {} }
export const f = async <T,>(a: T): Promise<T> => { return a; };
function over(a: string): void;
function over(a: any) {}
"#;
    let expected = expect![[r#"
        Interface Shape: export interface Shape
          before: /** Shape. */⏎
          doc: /** Shape. */
          body: { area(): number; name: string }
          Method area: area(): number
        TypeAlias Id: export type Id = string | number;
        Enum Color: export enum Color
          body: { Red }
        Class A: export abstract class A<T> implements Shape
          body: {⏎  private x: number = 1;⏎  @log()⏎  area(): number { return 1; }⏎  abstract foo(): void;⏎}
          Method area: area(): number
            before: @log()⏎  
            body: { return 1; }
          Method foo: abstract foo(): void
        Class B: export class B
          before: @Injectable()⏎
          body: {}
        Function ext: declare function ext(a: string): void;
        Module N: namespace N
          body: { export function inner(): void {} }
          Function inner: export function inner(): void
            body: {}
        Function f: export const f = async <T,>(a: T): Promise<T> =>
          body: { return a; }
        Function over: function over(a: string): void;
        Function over: function over(a: any)
          body: {}
    "#]];
    check(Language::TypeScript, source, expected);
}

#[test]
fn go() {
    check(
        Language::Go,
        r#"// Package p does.
package p

// Point is a point.
// Two lines.
type Point struct {
	X int
}

type (
	// A is grouped.
	A int
	B = string
)

// Area says.
func (p *Point) Area(a, b int) (int, error) {
	return 1, nil
}

type Shape interface {
	// Area is.
	Area() int
}

const Limit = 3

var (
	x = 1
	y int
)

func Map[T any](xs []T) {
	f := func() {}
	f()
}
"#,
        expect![[r#"
            Struct Point: type Point
              before: // Point is a point.⏎// Two lines.⏎
              doc: // Point is a point.⏎// Two lines.
              body: struct {⏎	X int⏎}
            TypeAlias A: A int
              before: // A is grouped.⏎	
              doc: // A is grouped.
            TypeAlias B: B = string
            Method Area: func (p *Point) Area(a, b int) (int, error)
              before: // Area says.⏎
              doc: // Area says.
              body: {⏎	return 1, nil⏎}
            Interface Shape: type Shape
              body: interface {⏎	// Area is.⏎	Area() int⏎}
              Method Area: Area() int
                before: // Area is.⏎	
                doc: // Area is.
            Constant Limit: const Limit = 3
            Variable x: x = 1
            Variable y: y int
            Function Map: func Map[T any](xs []T)
              body: {⏎	f := func() {}⏎	f()⏎}
        "#]],
    );
}
