//! What is offered beside code that repeats, in files as people write them.

use std::{ops::ControlFlow, sync::atomic::AtomicBool};

use firesteel_text::Text;

use crate::{Engine, Hole, Observation, Options, Reason};

/// Completes at the `$0` of a fixture, unasked, over at most so many lines.
fn complete(path: &str, fixture: &str, max_lines: u32) -> String {
    let (before, after) = fixture.split_once("$0").expect("a cursor");
    let engine = Engine::start(Options::default());
    engine.observe(Observation::Open {
        path: path.into(),
        language_id: String::new(),
        text: Text::new(&format!("{before}{after}")),
    });
    let hole = Hole {
        path: path.into(),
        before: before.into(),
        after: after.into(),
        max_lines,
        ..Hole::default()
    };
    let mut text = String::new();
    let outcome = engine.complete(&hole, &AtomicBool::new(false), &mut |piece| {
        text.push_str(piece);
        ControlFlow::Continue(())
    });
    assert_eq!(outcome.reason == Reason::Shown, !text.is_empty());
    text
}

#[track_caller]
fn check(path: &str, fixture: &str, expected: &str) {
    assert_eq!(complete(path, fixture, 12), expected);
}

const SHAPES: &str = "\
impl Shape {
    pub fn area(&self) -> f64 {
        match self {
            Shape::Circle(circle) => circle.area(),
            Shape::Square(square) => square.area(),
            Shape::Triangle(triangle) => triangle.area(),
            Shape::Hexagon(hexagon) => hexagon.area(),
        }
    }

    pub fn width(&self) -> f64 {
        match self {
            Shape::Circle(circle) => circle.width(),
            Shape::Square(square) => square.width(),
            Shape::Triangle(triangle) => triangle.width(),
            Shape::Hexagon(hexagon) => hexagon.width(),
        }
    }

    pub fn height(&self) -> f64 {
        match self {
            Shape::Circle(circle) => circle.height(),
            Shape::Square(square) => square.height(),
            Shape::Triangle(triangle) => triangle.height(),
            Shape::Hexagon(hexagon) => hexagon.height(),
        }
    }

    pub fn perimeter(&self) -> f64 {
        match self {
";

/// Match arms of a third function, from the cursor on.
fn arms(begun: &str) -> String {
    format!("{SHAPES}{begun}        }}\n    }}\n}}\n")
}

#[test]
fn match_arms_follow_those_of_other_matches() {
    check(
        "shapes.rs",
        &arms("            Shape::Circle(circle) => circle.perimeter(),\n            $0\n"),
        "Shape::Square(square) => square.perimeter(),
            Shape::Triangle(triangle) => triangle.perimeter(),
            Shape::Hexagon(hexagon) => hexagon.perimeter(),",
    );
    check(
        "shapes.rs",
        &arms(
            "            Shape::Circle(circle) => circle.perimeter(),\n            Shape::Square(square) => sq$0\n",
        ),
        "uare.perimeter(),
            Shape::Triangle(triangle) => triangle.perimeter(),
            Shape::Hexagon(hexagon) => hexagon.perimeter(),",
    );
}

#[test]
fn no_arm_is_offered_that_is_there() {
    let third = "            Shape::Triangle(triangle) => triangle.perimeter(),\n";
    check(
        "shapes.rs",
        &arms(&format!(
            "            Shape::Circle(circle) => circle.perimeter(),\n            $0\n{third}"
        )),
        "Shape::Square(square) => square.perimeter(),",
    );
    // Nor one that stands farther down in the block, or above the cursor.
    let last = "            Shape::Hexagon(hexagon) => hexagon.perimeter(),\n";
    check(
        "shapes.rs",
        &arms(&format!(
            "            Shape::Circle(circle) => circle.perimeter(),\n            $0\n{last}{third}"
        )),
        "Shape::Square(square) => square.perimeter(),",
    );
    let at_its_end = complete(
        "shapes.rs",
        &arms(&format!(
            "            Shape::Circle(circle) => circle.perimeter(),$0\n            Shape::Square(square) => square.perimeter(),\n{third}{last}"
        )),
        12,
    );
    assert_eq!(at_its_end, "");
}

#[test]
fn one_line_is_one_line() {
    let fixture =
        arms("            Shape::Circle(circle) => circle.perimeter(),\n            $0\n");
    assert_eq!(
        complete("shapes.rs", &fixture, 1),
        "Shape::Square(square) => square.perimeter(),"
    );
}

#[test]
fn a_rust_test_follows_the_tests_beside_it() {
    let test = |name: &str, text: &str| {
        format!(
            "#[test]\nfn parses_{name}() {{\n    let mut parser = Parser::new(\"{text}\");\n    let value = parser.value().expect(\"a value\");\n    \
             assert!(value.is_number());\n\n    assert!(parser.is_at_end());\n}}\n\n"
        )
    };
    let others = test("an_integer", "1") + &test("a_float", "2") + &test("a_fraction", "3");
    check(
        "parser.rs",
        &format!(
            "{others}#[test]\nfn parses_zero() {{\n    let mut parser = Parser::new(\"0\");\n    let value$0\n}}\n"
        ),
        " = parser.value().expect(\"a value\");\n    assert!(value.is_number());\n\n    assert!(parser.is_at_end());",
    );
}

#[test]
fn a_python_test_follows_the_tests_beside_it() {
    let test = |name: &str| {
        format!(
            "def test_draws_a_{name}(tmp_path):\n    canvas = Canvas(tmp_path / \"{name}.svg\")\n    canvas.{name}(10, 10, 5)\n    \
             canvas.save()\n    assert canvas.path.exists()\n    assert canvas.count == 1\n\n\n"
        )
    };
    let others = test("circle") + &test("square") + &test("ellipse");
    check(
        "test_canvas.py",
        &format!("{others}def test_draws_a_line(tmp_path):\n    canvas$0\n"),
        " = Canvas(tmp_path / \"line.svg\")\n    canvas.line(10, 10, 5)\n    canvas.save()\n    assert canvas.path.exists()\n    \
         assert canvas.count == 1",
    );
}

#[test]
fn the_fields_of_a_go_case_follow_those_of_other_cases() {
    let case = |name: &str| {
        format!(
            "\t{{\n\t\tname:  \"{name}\",\n\t\tinput: read(\"{name}.txt\"),\n\t\twant:  golden(\"{name}.txt\"),\n\t\terr:   nil,\n\t}},\n"
        )
    };
    let others = case("empty") + &case("short") + &case("wide");
    check(
        "parse_test.go",
        &format!(
            "package parse\n\nvar cases = []testCase{{\n{others}\t{{\n\t\tname:  \"long\",\n\t\tinput: $0\n\t}},\n}}\n"
        ),
        "read(\"long.txt\"),\n\t\twant:  golden(\"long.txt\"),\n\t\terr:   nil,",
    );
}

#[test]
fn a_typescript_case_follows_the_cases_beside_it() {
    let case = |name: &str| {
        format!(
            "    case \"{name}\": {{\n      const next = clone(state);\n      next.{name} = action.payload;\n      return next;\n    }}\n"
        )
    };
    let others = case("opened") + &case("closed") + &case("drafted");
    check(
        "reduce.ts",
        &format!(
            "function reduce(state: State, action: Action): State {{\n  switch (action.type) {{\n{others}    case \"merged\": {{\n      const next$0\n    \
             }}\n  }}\n}}\n"
        ),
        " = clone(state);\n      next.merged = action.payload;\n      return next;",
    );
}

#[test]
fn it_stops_where_those_beside_it_differ() {
    let test = |name: &str, count: usize| {
        format!(
            "def test_{name}():\n    parser = Parser(text)\n    words = parser.words()\n    assert parser.done\n    assert len(words) == {count}\n\n\n"
        )
    };
    let others = test("one", 1) + &test("three", 3) + &test("five", 5);
    check(
        "test_words.py",
        &format!("{others}def test_nine():\n    parser = Parser(text)\n    words$0\n"),
        " = parser.words()\n    assert parser.done",
    );
    // Few do not say what differs.
    let few = complete(
        "test_words.py",
        &format!(
            "{}def test_nine():\n    parser = Parser(text)\n    words$0\n",
            test("one", 1) + &test("three", 3)
        ),
        12,
    );
    assert!(!few.contains("len"), "{few}");
}
