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

#[test]
fn java() {
    check(
        Language::Java,
        r##"package a;

/** A ledger. */
@Deprecated
public final class Ledger<T> extends Base implements Closeable {
    private static final int MAX = 3;

    // Plain.
    /** Sums. */
    @Override
    public int sum(List<Integer> xs) throws IOException {
        return 0;
    }

    Ledger(int a) {
        super(a);
    }

    interface Visitor {
        void visit(Ledger ledger);
    }

    enum Kind { A, B }

    record Point(int x, int y) {}
}
"##,
        expect![[r#"
            Class Ledger: @Deprecated⏎public final class Ledger<T> extends Base implements Closeable
              before: /** A ledger. */⏎
              doc: /** A ledger. */
              body: {⏎    private static final int MAX = 3;⏎⏎    // Plain.⏎    /** Sums. */⏎    @Override⏎    public int sum(List<Integer> xs) throws IOException {⏎        return 0;⏎    }⏎⏎    Ledger(int a) {⏎        super(a);⏎    }⏎⏎    interface Visitor {⏎        void visit(Ledger ledger);⏎    }⏎⏎    enum Kind { A, B }⏎⏎    record Point(int x, int y) {}⏎}
              Method sum: @Override⏎    public int sum(List<Integer> xs) throws IOException
                before: /** Sums. */⏎    
                doc: /** Sums. */
                body: {⏎        return 0;⏎    }
              Method Ledger: Ledger(int a)
                body: {⏎        super(a);⏎    }
              Interface Visitor: interface Visitor
                body: {⏎        void visit(Ledger ledger);⏎    }
                Method visit: void visit(Ledger ledger);
              Enum Kind: enum Kind
                body: { A, B }
              Class Point: record Point(int x, int y)
                body: {}
        "#]],
    );
}

#[test]
fn c() {
    check(
        Language::C,
        r##"#include <stdio.h>
#define MAX(a, b) ((a) > (b) ? (a) : (b))

/* Adds. */
static int add(int a, int b)
{
    return a + b;
}

char **names(void);

struct point {
    int x;
};

typedef struct { int a; } pair_t;

enum kind { A, B };

int *find(struct point *p) { return 0; }

static const int limit = 3;
"##,
        expect![[r#"
            Macro MAX: #define MAX(a, b) ((a) > (b) ? (a) : (b))
            Function add: static int add(int a, int b)
              before: /* Adds. */⏎
              doc: /* Adds. */
              body: {⏎    return a + b;⏎}
            Struct point: struct point
              body: {⏎    int x;⏎}
            TypeAlias pair_t: typedef struct { int a; } pair_t;
            Enum kind: enum kind
              body: { A, B }
            Function find: int *find(struct point *p)
              body: { return 0; }
            Variable limit: static const int limit = 3;
        "#]],
    );
}

#[test]
fn cpp() {
    check(
        Language::Cpp,
        r##"namespace pay {

/// A ledger.
template <typename T>
class Ledger : public Base {
 public:
  explicit Ledger(int a) : a_(a) {}
  virtual ~Ledger() = default;
  int sum(const std::vector<int>& xs) const;
  T& at(int i) { return xs_[i]; }
  bool operator==(const Ledger& other) const { return true; }
};

enum class Kind { A, B };

using Money = long;

}  // namespace pay

// Sums.
int pay::Ledger<int>::sum(const std::vector<int>& xs) const {
  return 0;
}
"##,
        expect![[r#"
            Module pay: namespace pay
              body: {⏎⏎/// A ledger.⏎template <typename T>⏎class Ledger : public Base {⏎ public:⏎  explicit Ledger(int a) : a_(a) {}⏎  virtual ~Ledger() = default;⏎  int sum(const std::vector<int>& xs) const;⏎  T& at(int i) { return xs_[i]; }⏎  bool operator==(const Ledger& other) const { return true; }⏎};⏎⏎enum class Kind { A, B };⏎⏎using Money = long;⏎⏎}
              Class Ledger: template <typename T>⏎class Ledger : public Base
                before: /// A ledger.⏎
                doc: /// A ledger.
                body: {⏎ public:⏎  explicit Ledger(int a) : a_(a) {}⏎  virtual ~Ledger() = default;⏎  int sum(const std::vector<int>& xs) const;⏎  T& at(int i) { return xs_[i]; }⏎  bool operator==(const Ledger& other) const { return true; }⏎}
                Method Ledger: explicit Ledger(int a) : a_(a)
                  body: {}
                Method ~Ledger: virtual ~Ledger() = default;
                Method sum: int sum(const std::vector<int>& xs) const;
                Method at: T& at(int i)
                  body: { return xs_[i]; }
                Method operator==: bool operator==(const Ledger& other) const
                  body: { return true; }
              Enum Kind: enum class Kind
                body: { A, B }
              TypeAlias Money: using Money = long;
            Function pay::Ledger<int>::sum: int pay::Ledger<int>::sum(const std::vector<int>& xs) const
              before: // Sums.⏎
              doc: // Sums.
              body: {⏎  return 0;⏎}
        "#]],
    );
}

#[test]
fn csharp() {
    check(
        Language::CSharp,
        r##"namespace Pay
{
    /// <summary>A ledger.</summary>
    [Serializable]
    public sealed class Ledger : Base, IDisposable
    {
        private readonly int max = 3;

        public int Total { get; private set; }

        public Ledger(int a) : base(a) { }

        /// <summary>Sums.</summary>
        [Pure]
        public async Task<int> Sum<T>(List<T> xs) where T : struct
        {
            int Inner() => 1;
            return 0;
        }

        public int One() => 1;
    }

    public interface IShape { int Area(); }
    public record Point(int X, int Y);
    public enum Kind { A, B }
}
"##,
        expect![[r#"
            Module Pay: namespace Pay
              body: {⏎    /// <summary>A ledger.</summary>⏎    [Serializable]⏎    public sealed class Ledger : Base, IDisposable⏎    {⏎        private readonly int max = 3;⏎⏎        public int Total { get; private set; }⏎⏎        public Ledger(int a) : base(a) { }⏎⏎        /// <summary>Sums.</summary>⏎        [Pure]⏎        public async Task<int> Sum<T>(List<T> xs) where T : struct⏎        {⏎            int Inner() => 1;⏎            return 0;⏎        }⏎⏎        public int One() => 1;⏎    }⏎⏎    public interface IShape { int Area(); }⏎    public record Point(int X, int Y);⏎    public enum Kind { A, B }⏎}
              Class Ledger: [Serializable]⏎    public sealed class Ledger : Base, IDisposable
                before: /// <summary>A ledger.</summary>⏎    
                doc: /// <summary>A ledger.</summary>
                body: {⏎        private readonly int max = 3;⏎⏎        public int Total { get; private set; }⏎⏎        public Ledger(int a) : base(a) { }⏎⏎        /// <summary>Sums.</summary>⏎        [Pure]⏎        public async Task<int> Sum<T>(List<T> xs) where T : struct⏎        {⏎            int Inner() => 1;⏎            return 0;⏎        }⏎⏎        public int One() => 1;⏎    }
                Method Total: public int Total
                  body: { get; private set; }
                Method Ledger: public Ledger(int a) : base(a)
                  body: { }
                Method Sum: [Pure]⏎        public async Task<int> Sum<T>(List<T> xs) where T : struct
                  before: /// <summary>Sums.</summary>⏎        
                  doc: /// <summary>Sums.</summary>
                  body: {⏎            int Inner() => 1;⏎            return 0;⏎        }
                  Function Inner: int Inner()
                    body: => 1
                Method One: public int One()
                  body: => 1
              Interface IShape: public interface IShape
                body: { int Area(); }
                Method Area: int Area();
              Class Point: public record Point(int X, int Y);
              Enum Kind: public enum Kind
                body: { A, B }
        "#]],
    );
}

#[test]
fn ruby() {
    check(
        Language::Ruby,
        r##"# A ledger.
class Ledger < Base
  MAX = 3

  # Sums.
  # All of them.
  def sum(xs, by: 1)
    xs.sum
  end

  def self.open(path) = new(path)

  module Shape
    def area; end
  end
end

def main
  puts 1
end
"##,
        expect![[r#"
            Class Ledger: class Ledger < Base
              before: # A ledger.⏎
              doc: # A ledger.
              body: MAX = 3⏎⏎  # Sums.⏎  # All of them.⏎  def sum(xs, by: 1)⏎    xs.sum⏎  end⏎⏎  def self.open(path) = new(path)⏎⏎  module Shape⏎    def area; end⏎  end
              Constant MAX: MAX = 3
              Method sum: def sum(xs, by: 1)
                before: # Sums.⏎  # All of them.⏎  
                doc: # Sums.⏎  # All of them.
                body: xs.sum
              Method open: def self.open(path) =
                body: new(path)
              Module Shape: module Shape
                body: def area; end
                Function area: def area; end
            Function main: def main
              body: puts 1
        "#]],
    );
}

#[test]
fn php() {
    check(
        Language::Php,
        r##"<?php
namespace Pay;

/** A ledger. */
#[Entity]
final class Ledger extends Base implements Shape
{
    const MAX = 3;
    private int $total = 0;

    /** Sums. */
    public function sum(array $xs): int
    {
        return 0;
    }
}

interface Shape { public function area(): int; }
trait Named { function name() { return ''; } }
enum Kind: string { case A = 'a'; }

function main(): void {}
"##,
        expect![[r#"
            Class Ledger: #[Entity]⏎final class Ledger extends Base implements Shape
              before: /** A ledger. */⏎
              doc: /** A ledger. */
              body: {⏎    const MAX = 3;⏎    private int $total = 0;⏎⏎    /** Sums. */⏎    public function sum(array $xs): int⏎    {⏎        return 0;⏎    }⏎}
              Constant MAX: const MAX = 3;
              Method sum: public function sum(array $xs): int
                before: /** Sums. */⏎    
                doc: /** Sums. */
                body: {⏎        return 0;⏎    }
            Interface Shape: interface Shape
              body: { public function area(): int; }
              Method area: public function area(): int;
            Trait Named: trait Named
              body: { function name() { return ''; } }
              Method name: function name()
                body: { return ''; }
            Enum Kind: enum Kind: string
              body: { case A = 'a'; }
            Function main: function main(): void
              body: {}
        "#]],
    );
}

#[test]
fn bash() {
    check(
        Language::Bash,
        r##"#!/bin/bash
# How many.
readonly MAX=3
NAME=x

# Builds.
build() {
  local a=1
  echo "$a"
}

function clean {
  rm -rf out
}
"##,
        expect![[r#"
            Variable MAX: MAX=3
            Variable NAME: NAME=x
            Function build: build()
              before: # Builds.⏎
              doc: # Builds.
              body: {⏎  local a=1⏎  echo "$a"⏎}
            Function clean: function clean
              body: {⏎  rm -rf out⏎}
        "#]],
    );
}

#[test]
fn lua() {
    check(
        Language::Lua,
        r##"local M = {}

--- Sums.
-- All of them.
function M.sum(xs)
  return 0
end

local function add(a, b)
  return a + b
end

local twice = function(a)
  return a * 2
end

function M:area() return 1 end

M.name = function() end

return M
"##,
        expect![[r#"
            Variable M: local M = {}
            Function M.sum: function M.sum(xs)
              before: --- Sums.⏎-- All of them.⏎
              doc: --- Sums.⏎-- All of them.
              body: return 0
            Function add: local function add(a, b)
              body: return a + b
            Function twice: local twice = function(a)⏎  return a * 2⏎end
            Function M:area: function M:area()
              body: return 1
            Function M.name: M.name = function() end
        "#]],
    );
}
